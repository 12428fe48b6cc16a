"""Applies SAM's transform to the templates of stacks inside the built stack: CloudFormation does so when it makes
such a stack, and the emulator does not.

    expand_nested.py BUILD_FOLDER [NAME=VALUE …]

The values are those of the parameters that decide what SAM makes. Runs in SAM's own Python.
"""

import logging
import os
import pathlib
import sys

from samcli.yamlhelper import yaml_dump, yaml_parse
from samtranslator.translator.transform import transform

# Where SAM wants the code of a function to be; it is still a folder here, which `sam deploy` packs.
PACKED = "s3://code/"


class ManagedPolicies:
    """No policy is named without its ARN, so none is looked up."""

    def load(self):
        return {}


def expanded(template, values):
    functions = [
        it["Properties"]
        for it in template["Resources"].values()
        if it["Type"] == "AWS::Serverless::Function"
    ]
    for properties in functions:
        properties["CodeUri"] = PACKED + properties["CodeUri"]
    made = transform(template, values, ManagedPolicies())
    for it in made["Resources"].values():
        if it["Type"] == "AWS::Lambda::Function":
            it["Properties"]["Code"] = it["Properties"]["Code"]["S3Key"]
    return made


logging.disable(logging.WARNING)
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-3")
folder = pathlib.Path(sys.argv[1])
values = dict(it.split("=", 1) for it in sys.argv[2:])
for path in folder.glob("*/template.yaml"):
    template = yaml_parse(path.read_text(encoding="utf-8"))
    if template.get("Transform"):
        path.write_text(yaml_dump(expanded(template, values)), encoding="utf-8")
        print(f"expanded: {path.parent.name}")
