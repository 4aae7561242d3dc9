"""moto, with just the AWS managed policies that the tests attach, and one call at a time.

All policies together take seconds to load, and moto loads them again after every reset. Its threads
would mix two calls that arrive at once, where AWS carries out each as a whole: a compare-and-swap
would be none.
"""

import json
import sys
import threading
from collections.abc import Callable, Iterable

import moto.server
from moto.iam import models

KEPT = ("AWSLambdaBasicExecutionRole", "AdministratorAccess")

Application = Callable[[dict, Callable], Iterable[bytes]]


def one_at_a_time(application: Application) -> Application:
    """Returns the application behind a lock, each answer whole before the next call begins."""
    lock = threading.Lock()

    def answer(environ: dict, start_response: Callable) -> list[bytes]:
        with lock:
            return list(application(environ, start_response))

    return answer


if __name__ == "__main__":
    policies = json.loads(models.aws_managed_policies_data)
    models.aws_managed_policies_data = json.dumps({name: policies[name] for name in KEPT})
    serve = moto.server.run_simple
    moto.server.run_simple = lambda host, port, application, **options: serve(
        host, port, one_at_a_time(application), **options
    )
    moto.server.main(sys.argv[1:])
