"""Reads a template as CloudFormation will: parameters, mappings, conditions and names filled in."""

import fnmatch
import pathlib
import re

from samtranslator.yaml_helper import yaml_parse

ROOT = pathlib.Path(__file__).parent.parent.parent
ACCOUNT = "123456789012"
REGION = "eu-west-3"
NO_VALUE = object()


class Template:
    """A template with its parameters' values. What a resource is named only once it is made, stands
    as `<Resource>` or `<Resource.Attribute>`."""

    def __init__(self, path, stack, **parameters):
        self.document = yaml_parse((ROOT / path).read_text(encoding="utf-8"))
        declared = self.document.get("Parameters", {})
        self.parameters = {name: it.get("Default") for name, it in declared.items()} | parameters
        self.pseudo = {
            "AWS::AccountId": ACCOUNT,
            "AWS::NoValue": NO_VALUE,
            "AWS::Partition": "aws",
            "AWS::Region": REGION,
            "AWS::StackId": f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{stack}/0",
            "AWS::StackName": stack,
        }

    def resources(self, kind=None):
        """The resources that are made, of one type or of all: name and what it says."""
        return {
            name: self.resolve(it)
            for name, it in self.document["Resources"].items()
            if (kind is None or it["Type"] == kind)
            and ("Condition" not in it or self.holds(it["Condition"]))
        }

    def holds(self, condition):
        if isinstance(condition, str):
            return self.holds(self.document["Conditions"][condition])
        ((function, of),) = condition.items()
        match function:
            case "Condition":
                return self.holds(of)
            case "Fn::Equals":
                one, other = (str(self.resolve(it)) for it in of)
                return one == other
            case "Fn::Not":
                return not self.holds(of[0])
            case "Fn::And":
                return all(map(self.holds, of))
            case "Fn::Or":
                return any(map(self.holds, of))
        raise ValueError(f"no condition: {condition}")

    def resolve(self, value):
        if isinstance(value, list):
            return [it for it in map(self.resolve, value) if it is not NO_VALUE]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((function, of),) = value.items()
            match function:
                case "Ref":
                    return self.named(of)
                case "Fn::GetAtt":
                    return f"<{of if isinstance(of, str) else '.'.join(of)}>"
                case "Fn::Sub":
                    text, local = (of, {}) if isinstance(of, str) else of
                    local = {name: self.resolve(it) for name, it in local.items()}
                    fill = lambda found: str(local.get(found[1]) or self.named(found[1]))
                    return re.sub(r"\$\{([^!}]+)\}", fill, text)
                case "Fn::If":
                    condition, yes, no = of
                    return self.resolve(yes if self.holds(condition) else no)
                case "Fn::FindInMap":
                    name, first, second = map(self.resolve, of)
                    return self.document["Mappings"][name][first][second]
                case "Fn::Join":
                    separator, parts = self.resolve(of)
                    return separator.join(parts)
                case "Fn::ImportValue":
                    return f"<import {self.resolve(of)}>"
        resolved = {name: self.resolve(it) for name, it in value.items()}
        return {name: it for name, it in resolved.items() if it is not NO_VALUE}

    def named(self, name):
        if name in self.pseudo:
            return self.pseudo[name]
        if name in self.parameters:
            return self.parameters[name]
        return f"<{name}>"


def inner_stacks(environment="production"):
    """The templates of the nested stacks, by their paths."""
    stack = Template("template.yaml", "x", Environment=environment)
    applications = stack.document["Resources"].values()
    return sorted(
        it["Properties"]["Location"]
        for it in applications
        if it["Type"] == "AWS::Serverless::Application"
    )


def inner_stacks_with_functions():
    """Those of them that SAM's transform is for: it knows functions of ours."""
    texts = {path: (ROOT / path).read_text(encoding="utf-8") for path in inner_stacks()}
    return [path for path, text in texts.items() if "Transform: AWS::Serverless" in text]


def many(value):
    """What may be one or several, as several."""
    return value if isinstance(value, list) else [value]


def allowed(policies, action, resource, **context):
    """Whether these policy documents allow an action, as IAM decides: what is denied is not, and a
    condition on a key that the call does not bring holds only where it is a negated one."""
    statements = [it for policy in policies for it in many(policy["Statement"])]
    matching = [it for it in statements if matches(it, action, resource, context)]
    effects = {it["Effect"] for it in matching}
    return "Allow" in effects and "Deny" not in effects


def matches(statement, action, resource, context):
    is_like = lambda text, patterns: any(
        fnmatch.fnmatchcase(text.lower(), it.lower()) for it in many(patterns)
    )
    if "NotAction" in statement:
        about = not is_like(action, statement["NotAction"])
    else:
        about = is_like(action, statement["Action"])
    about = about and any(fnmatch.fnmatchcase(resource, it) for it in many(statement["Resource"]))
    return about and all(
        condition_holds(operator, context.get(key), many(wanted))
        for operator, tests in statement.get("Condition", {}).items()
        for key, wanted in tests.items()
    )


def condition_holds(operator, value, wanted):
    match operator:
        case "StringEquals":
            return value in wanted
        case "StringNotEquals":
            return value not in wanted
        case "ArnEquals" | "ArnLike":
            return value is not None and any(fnmatch.fnmatchcase(value, it) for it in wanted)
    raise ValueError(f"not understood here: {operator}")
