"""Translates a SAM template into one of CloudFormation, offline: `sam_translate.py TEMPLATE`, JSON to
stdout. Runs with the Python of SAM, whose translator it uses."""

import json
import os
import sys

os.environ.setdefault("AWS_DEFAULT_REGION", "us-west-2")

from samtranslator.parser.parser import Parser  # noqa: E402
from samtranslator.translator.transform import transform  # noqa: E402
from samtranslator.yaml_helper import yaml_parse  # noqa: E402


class NoManagedPolicies:
    """Names of managed policies are asked of IAM; the templates name ARNs."""

    def load(self) -> dict:
        return {}


def main() -> None:
    with open(sys.argv[1], encoding="utf-8") as file:
        template = yaml_parse(file.read())
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            # a folder is packed and uploaded before; here it is as if it had been
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    json.dump(transform(template, {}, NoManagedPolicies()), sys.stdout)


if __name__ == "__main__":
    main()
