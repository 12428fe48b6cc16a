"""Writes a template as CloudFormation will get it: with SAM's transform applied.

    expand.py ENVIRONMENT [TEMPLATE] [NAME=VALUE …]

TEMPLATE is that of a nested stack, such as infra/staff.yaml.
Runs in SAM's own Python (infra/tools/install sam).
"""

import json
import logging
import os
import sys

from parameters import ROOT, parameters
from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse


class ManagedPolicies:
    """No policy is named without its ARN, so none is looked up."""

    def load(self):
        return {}


def expanded(environment, path="template.yaml", **overrides):
    """A template, with the parameters of an environment of samconfig.toml."""
    logging.disable(logging.WARNING)
    os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-3")
    template = yaml_parse((ROOT / path).read_text(encoding="utf-8"))
    # What `sam package` would put there.
    template.get("Globals", {}).get("Function", {}).pop("CodeUri", None)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://artefacts/code"
        if resource["Type"] == "AWS::Serverless::Application":
            resource["Properties"]["Location"] = "https://artefacts.s3.amazonaws.com/template"
    if path == "template.yaml":
        values = parameters(environment, **overrides)
    else:
        # A nested stack is given those of the same name.
        declared = template.get("Parameters", {})
        given = parameters(environment).items()
        values = {name: value for name, value in given if name in declared} | overrides
    return transform(template, values, ManagedPolicies())


if __name__ == "__main__":
    environment, *overrides = sys.argv[1:]
    paths = [overrides.pop(0)] if overrides and "=" not in overrides[0] else []
    pairs = (it.split("=", 1) for it in overrides)
    json.dump(expanded(environment, *paths, **dict(pairs)), sys.stdout, indent=1)
