"""The operator's guide, run by bash: each command line of AWS in it is one that the AWS CLI reads, of a
call that the service's model knows, about outputs and resources that the stack has."""

import re
import sys
import unittest

from expand import expanded

from .fake_aws import FakeAws, refused
from .templates import ROOT, Template, inner_stacks

# With the pages beside it, whose commands use what its first block defines.
PAGES = ("infra/README.md", "infra/STAFF.md", "docs/AUDIT.md")
GUIDE = "\n".join((ROOT / it).read_text(encoding="utf-8") for it in PAGES)
# The templates that the guide has an administrator deploy.
BY_HAND = tuple(f"infra/{it}.yaml" for it in ("backup", "domain", "edge", "pipeline"))
# Commands that are not AWS's and are not run here: they would write into this folder, or wait.
OTHERS = ("cargo", "cp", "curl", "git", "make", "pip", "sleep")
# `python3 -c` is run; scripts are not.
PYTHON = f'#!/bin/sh\n[ "$1" != -c ] || exec {sys.executable} "$@"\n'


def blocks():
    """The blocks of commands, in their order."""
    return [re.sub(r"(?m)^  ", "", it) for it in re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", GUIDE)]


def in_the_text():
    """The commands of AWS between backquotes: those that are meant to be run have an operation."""
    prose = re.sub(r"(?ms)^ *```.*?^ *```$", "", GUIDE)
    found = re.findall(r"`(aws\s[^`]+)`", prose)
    return [re.sub(r"\s*\n\s*", " ", it) for it in found]


def scripts():
    """The scripts of ours that the guide runs: those without a suffix, and those that Python runs."""
    return set(re.findall(r"(?m)(?:^|[`;&] *)(python3 infra/[\w/.-]+|infra/[\w/-]+)(?= |`|$)", GUIDE))


def answers():
    stack = Template("template.yaml", "espace-locataire-production", Environment="production")
    resources = expanded("production")["Resources"]
    outputs = [
        {"OutputKey": name, "OutputValue": f"https://{name}.example" if name == "Url" else f"x{name}"}
        for name in stack.document["Outputs"]
    ]
    # Of the domain's stack, and of that of backups.
    outputs.append({"OutputKey": "Target", "OutputValue": "d-a1.execute-api.eu-west-3.amazonaws.com"})
    outputs.append({"OutputKey": "Role", "OutputValue": "arn:aws:iam::123456789012:role/x"})

    def resource(asked):
        if asked["LogicalResourceId"] not in resources:
            raise refused("DescribeStackResource", "ValidationError", str(asked))
        return {"StackResourceDetail": {"PhysicalResourceId": asked["LogicalResourceId"]}}

    described = {
        "StackId": stack.pseudo["AWS::StackId"],
        "StackName": "espace-locataire-production",
        "StackStatus": "UPDATE_COMPLETE",
        "Outputs": outputs,
    }
    return {
        "DescribeStacks": {"Stacks": [described]},
        "DescribeStackResource": resource,
        "DescribeTable": {"Table": {"TableStatus": "ACTIVE"}},
        "Scan": {"Items": [{"pk": {"S": "staff#x"}}]},
        "GetQueueAttributes": {"Attributes": {"QueueArn": "arn:aws:sqs:eu-west-3:123456789012:x"}},
        "CreateChangeSet": {"Id": "arn:x"},
        "DescribeChangeSet": {"Status": "CREATE_COMPLETE", "ChangeSetId": "arn:x"},
    }


class Guide(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        # A section may use what a later one defines, and says so.
        first, *others = sorted(blocks(), key=lambda it: "signed() {" not in it)
        first, others = others.pop(0), [first, *others]
        commands = "\n".join([first, *others, *in_the_text()])
        # Ours have tests of their own.
        commands = re.sub(r"(?m)^infra/", ": infra/", commands)
        with FakeAws(answers()) as aws:
            for other in OTHERS:
                aws.add_command(other, "#!/bin/sh\n")
            aws.add_command("python3", PYTHON)
            credentials = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
            environment = dict.fromkeys(credentials, "x")
            cls.ran = aws.run("bash", "-uc", commands, **environment)
            cls.aws = aws

    def test_each_command_line_is_one_of_aws(self):
        self.assertEqual(self.aws.failures, [])
        self.assertNotRegex(self.ran.stderr, "bash: line|unbound variable|command not found")
        self.assertEqual(self.ran.returncode, 0, self.ran.stderr)
        self.assertGreater(len(self.aws.printed), 40)

    def test_each_query_finds_something(self):
        for arguments, printed in self.aws.printed:
            if "--query" in arguments:
                found = printed.strip()
                self.assertNotIn(found, ("", "None", "null", "[]"), arguments)

    def test_each_deployment_by_hand_gives_the_parameters_that_its_template_needs(self):
        made = self.aws.parameters_of("CreateChangeSet")
        self.assertEqual(len(made), 7)
        for change in made:
            given = {it["ParameterKey"] for it in change["Parameters"] if "ParameterValue" in it}
            (path,) = [
                it
                for it in BY_HAND
                if (ROOT / it).read_text(encoding="utf-8") == change["TemplateBody"]
            ]
            declared = Template(path, "x").document["Parameters"]
            needed = {name for name, it in declared.items() if "Default" not in it}
            # A rotation changes one, and the CLI keeps the values of the others.
            if given != {"ProxySecret"}:
                self.assertLessEqual(needed, given, path)
            self.assertLessEqual(given, set(declared), path)

    def test_each_script_that_it_runs_is_there(self):
        for script in scripts():
            path = ROOT / script.removeprefix("python3 ")
            self.assertTrue(path.exists(), script)
            if not script.startswith("python3 "):
                self.assertTrue(path.stat().st_mode & 0o100, script)

    def test_it_says_of_every_alarm_what_to_do(self):
        (table,) = re.findall(r"(?ms)^\| alarm \|.*?\n\n", GUIDE)
        told = set(re.findall(r"`(\w+)`", "\n".join(re.findall(r"(?m)^\| (`.*?) \|", table))))
        resources = dict(expanded("production")["Resources"])
        for path in inner_stacks():
            resources |= expanded("production", path)["Resources"]
        alarms = {
            name.removesuffix("Alarm")
            for name, it in resources.items()
            if it["Type"] == "AWS::CloudWatch::Alarm"
        }
        self.assertEqual(alarms - told, set())
        self.assertEqual(told - alarms - set(resources), set())
