"""Says with which parameters an environment of samconfig.toml is deployed.

    parameters.py ENVIRONMENT [NAME=VALUE …]   all of them, as SAM reads a file of parameters (YAML)
    parameters.py ENVIRONMENT NAME             the value of one

NAME=VALUE is for one deployment what samconfig.toml says otherwise.

All are given to SAM, those with their defaults too: of one that it is not given, it says
`UsePreviousValue`, and CloudFormation keeps what a former deployment has set.

Runs in SAM's own Python (infra/tools/install sam), for SAM reads both files.
"""

import json
import pathlib
import sys
import tomllib

from samcli.cli.types import CfnParameterOverridesType
from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).parent.parent


def parameters(environment, **once):
    """Each parameter of template.yaml and its value: that of `once`, samconfig.toml's, or the default."""
    declared = yaml_parse((ROOT / "template.yaml").read_text())["Parameters"]
    environments = tomllib.loads((ROOT / "samconfig.toml").read_text())
    if environment not in environments or environment in ("default", "version"):
        sys.exit(f"{environment} is no environment of samconfig.toml")
    overrides = environments[environment]["global"]["parameters"]["parameter_overrides"]
    values = CfnParameterOverridesType().convert(tuple(overrides), None, None) | once
    for name in values.keys() - declared.keys():
        sys.exit(f"samconfig.toml: {environment}: template.yaml has no parameter {name}")
    missing = [name for name, it in declared.items() if "Default" not in it and name not in values]
    if missing:
        sys.exit(f"samconfig.toml: {environment}: it has no {', '.join(missing)}")
    return {name: str(values.get(name, it.get("Default"))) for name, it in declared.items()}


if __name__ == "__main__":
    match sys.argv[1:]:
        case [environment, name] if "=" not in name:
            print(parameters(environment)[name])
        case [environment, *once]:
            once = dict(it.split("=", 1) for it in once)
            for parameter, value in parameters(environment, **once).items():
                print(f"{parameter}: {json.dumps(value, ensure_ascii=False)}")
        case _:
            sys.exit(__doc__)
