"""moto, with just the AWS managed policies that the tests attach.

All of them together take seconds to load, and moto loads them again after every reset.
"""

import json
import sys

from moto.iam import models
from moto.server import main

KEPT = ("AWSLambdaBasicExecutionRole", "AdministratorAccess")

if __name__ == "__main__":
    policies = json.loads(models.aws_managed_policies_data)
    models.aws_managed_policies_data = json.dumps({name: policies[name] for name in KEPT})
    main(sys.argv[1:])
