"""moto, with what the tests need of it.

- All AWS managed policies together take seconds to load, and moto loads them again after every reset:
  just those that the tests attach are kept.
- The SDK under test speaks CBOR to CloudWatch, which moto does not know: its requests are handed on as
  JSON, and the answers come back as CBOR.
- moto forgets the keys of copies in other regions and that a secret has copies, and would make a second
  copy, which fails, where there is one and the call is only repeated: the first is kept. Where a copy
  failed, a second try would stand beside it: it takes its place. It has no
  ValidateResourcePolicy: that is added, with the one refusal that a test can provoke, a policy that lets
  everybody read.
- moto forgets which version is current once the label was moved, and would leave it on two.
- moto leaves the names of managed policies out of an account's details.
- A metric filter that is put again replaces itself, where moto would have two of one name.
- moto's threads would mix two calls that arrive at once, where AWS carries out each as a whole: a
  compare-and-swap would be none. Calls are answered one at a time.
"""

import io
import json
import os
import sys
import threading
from collections.abc import Callable, Iterable
from datetime import datetime, timezone

import cbor2
from moto import server
from moto.core.config import default_user_config
from moto.iam import models
from moto.logs.metric_filters import MetricFilters
from moto.secretsmanager.models import FakeSecret, ReplicaSecret, SecretsManagerBackend
from moto.secretsmanager.responses import SecretsManagerResponse

from moto_repairs import repair

KEPT = ("AWSLambdaBasicExecutionRole", "AWSXRayDaemonWriteAccess", "AdministratorAccess")
CBOR_PREFIX = "/service/GraniteServiceVersion20100801/operation/"
CBOR_HEADERS = [("smithy-protocol", "rpc-v2-cbor"), ("Content-Type", "application/cbor")]


def one_at_a_time(app: Callable) -> Callable:
    """Returns `app` behind a lock, each answer whole before the next call begins."""
    lock = threading.Lock()

    def answer(environ: dict, start_response: Callable) -> list[bytes]:
        with lock:
            return list(app(environ, start_response))

    return answer


class CborToJson:
    """Translates requests of CloudWatch on their way to `app`."""

    def __init__(self, app: Callable) -> None:
        self.app = app

    def __call__(self, environ: dict, start_response: Callable) -> Iterable[bytes]:
        path = environ["PATH_INFO"]
        if not path.startswith(CBOR_PREFIX):
            return self.app(environ, start_response)
        length = int(environ.get("CONTENT_LENGTH") or 0)
        body = json.dumps(cbor2.loads(environ["wsgi.input"].read(length) or b"\xa0")).encode()
        environ |= {
            "PATH_INFO": "/",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": "application/x-amz-json-1.0",
            "HTTP_X_AMZ_TARGET": f"GraniteServiceVersion20100801.{path.removeprefix(CBOR_PREFIX)}",
            "wsgi.input": io.BytesIO(body),
        }
        statuses: list[str] = []
        answer = b"".join(self.app(environ, lambda status, *_: statuses.append(status)))
        content = cbor2.dumps(of_json(json.loads(answer or b"{}")), datetime_as_timestamp=True)
        start_response(statuses[-1], [*CBOR_HEADERS, ("Content-Length", str(len(content)))])
        return [content]


def of_json(value: object, key: str = "") -> object:
    """Returns the value with times and decimal numbers, which JSON does not tell apart."""
    match value:
        case dict():
            return {name: of_json(item, name) for name, item in value.items()}
        case list():
            return [of_json(item, key) for item in value]
        case int() | float() if key.endswith("Timestamp"):
            return datetime.fromtimestamp(value, timezone.utc)
        case int() if key == "Threshold":
            return float(value)
    return value


def keep_keys_of_copies() -> None:
    """Makes moto tell the key of a copy, as it was asked for."""
    create, to_dict, described = (
        FakeSecret.create_replicas,
        ReplicaSecret.to_dict,
        FakeSecret.to_dict,
    )

    def create_with_keys(self: FakeSecret, replica_regions: list, force_overwrite: bool) -> list:
        # none yet while the secret itself is made
        copied = {replica.region for replica in getattr(self, "replicas", []) if replica.has_replica}
        wanted = [asked for asked in replica_regions or [] if asked["Region"] not in copied]
        anew = {asked["Region"] for asked in wanted}
        if failed := getattr(self, "replicas", []):
            failed[:] = [replica for replica in failed if replica.region not in anew]
        made = create(self, wanted, force_overwrite)
        for replica, asked in zip(made, wanted, strict=True):
            if key := asked.get("KmsKeyId"):
                replica.config["KmsKeyId"] = key
        return made

    def to_dict_with_region(self: FakeSecret) -> dict:
        copied = {"PrimaryRegion": self.region} if self.replicas else {}
        return described(self) | copied

    def to_dict_with_key(self: ReplicaSecret) -> dict:
        return to_dict(self) | {"KmsKeyId": self.config["KmsKeyId"]}

    FakeSecret.create_replicas = create_with_keys
    FakeSecret.to_dict = to_dict_with_region
    ReplicaSecret.to_dict = to_dict_with_key


def follow_current() -> None:
    """Makes moto remember which version AWSCURRENT was moved to: what is put next leaves that one."""
    move = SecretsManagerBackend.update_secret_version_stage

    def moved(self: SecretsManagerBackend, secret_id: str, **labels: str) -> tuple[str, str]:
        answer = move(self, secret_id, **labels)
        secret = self.secrets[secret_id]
        for version, content in secret.versions.items():
            if "AWSCURRENT" in content["version_stages"]:
                secret.default_version_id = version
        return answer

    SecretsManagerBackend.update_secret_version_stage = moved


def replace_filters() -> None:
    """Makes a metric filter of a name and log group that is there the only one."""
    add = MetricFilters.add_filter

    def add_alone(self: MetricFilters, filter_name: str, pattern: str, group: str, metrics: list) -> None:
        self.metric_filters = [
            other
            for other in self.metric_filters
            if (other["filterName"], other["logGroupName"]) != (filter_name, group)
        ]
        add(self, filter_name, pattern, group, metrics)

    MetricFilters.add_filter = add_alone


def validate_resource_policy(self: SecretsManagerResponse) -> str:
    policy = json.loads(self._get_param("ResourcePolicy"))
    public = any(
        statement["Effect"] == "Allow" and statement["Principal"] in ("*", {"AWS": "*"})
        for statement in policy["Statement"]
    )
    errors = [{"CheckName": "PUBLIC_POLICY", "ErrorMessage": "everybody may read"}] if public else []
    return json.dumps({"PolicyValidationPassed": not public, "ValidationErrors": errors})


def main() -> None:
    keep_keys_of_copies()
    follow_current()
    replace_filters()
    # read by the names that AWS's model has for them
    models.Policy.policy_name = property(lambda policy: policy.name)
    models.Policy.policy_id = property(lambda policy: policy.id)
    SecretsManagerResponse.validate_resource_policy = validate_resource_policy
    # a rotation function counts as run, without a container to run it in
    default_user_config["lambda"]["use_docker"] = False
    policies = json.loads(models.aws_managed_policies_data)
    models.aws_managed_policies_data = json.dumps({name: policies[name] for name in KEPT})
    if os.environ.get("MOTO_REPAIRED"):
        repair()
    dispatcher = server.DomainDispatcherApplication
    server.DomainDispatcherApplication = lambda *made: CborToJson(dispatcher(*made))
    serve = server.run_simple
    server.run_simple = lambda host, port, app, **options: serve(
        host, port, one_at_a_time(app), **options
    )
    server.main(sys.argv[1:])


if __name__ == "__main__":
    main()
