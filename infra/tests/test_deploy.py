"""infra/deploy, with SAM and AWS stood in for: what it hands to `sam deploy`, and when."""

import json
import pathlib
import shutil
import sys
import tempfile
import unittest

from expand import expanded
from parameters import parameters
from samcli.cli.types import CfnParameterOverridesType

from .fake_aws import FakeAws, refused
from .templates import ROOT

ENVIRONMENTS = ("dev", "staging", "production")
FILES = (
    "infra/deploy",
    "infra/parameters.py",
    "infra/stack-policy.json",
    "samconfig.toml",
    "template.yaml",
)
BUILT = "Globals:\n  Environment:\n    Variables:\n        PARAMETERS_DIGEST: none\n"
NO_STACK = refused("DescribeStacks", "ValidationError", "Stack with id x does not exist")
# It writes down what it was given, and what it would have deployed.
SAM = """#!{python}
import json, pathlib, sys
folder = pathlib.Path(".aws-sam/build")
built = [(folder / name).read_text() for name in ("template.yaml", "Staff/template.yaml")]
pathlib.Path("sam.json").write_text(json.dumps([sys.argv[1:], built]))
"""


class Deployment:
    """A run of infra/deploy on a copy of what it reads."""

    def __init__(self, answers, *arguments, built=BUILT, **environment):
        with tempfile.TemporaryDirectory() as folder, FakeAws(answers) as aws:
            root = pathlib.Path(folder)
            for file in FILES:
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / file, root / file)
            (root / ".aws-sam/build").mkdir(parents=True)
            (root / ".aws-sam/build/template.yaml").write_text(built)
            # A nested stack with functions, and one without.
            for name, text in (("Staff", built), ("Alarms", "Resources: {}\n")):
                (root / f".aws-sam/build/{name}").mkdir()
                (root / f".aws-sam/build/{name}/template.yaml").write_text(text)
            (root / "infra/tools").mkdir()
            (root / "infra/tools/install").write_text(f"#!/bin/sh\necho {aws.folder.name}/bin\n")
            (root / "infra/tools/install").chmod(0o755)
            aws.add_command("sam", SAM.format(python=sys.executable))
            aws.add_command("python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
            ran = aws.run(str(root / "infra/deploy"), *arguments, **environment)
            self.code, self.errors, self.aws = ran.returncode, ran.stderr, aws
            called = root / "sam.json"
            self.sam, self.built = json.loads(called.read_text()) if called.exists() else (None, "")
            if self.sam:
                given = self.sam[self.sam.index("--parameter-overrides") + 1]
                path = given.replace("file://", f"file://{root}/")
                self.parameters = CfnParameterOverridesType().convert((path,), None, None)

    def digest(self):
        """The one that stands in each template that has functions."""
        lines = [it for text in self.built for it in text.splitlines() if "PARAMETERS_DIGEST" in it]
        (line,) = set(lines)
        assert len(lines) == len(self.built), lines
        return line.split('"')[1]

    def given(self, option):
        return self.sam[self.sam.index(option) + 1] if option in self.sam else None


class Parameters(unittest.TestCase):
    def test_every_parameter_of_the_template_is_given_to_sam(self):
        for environment in ENVIRONMENTS:
            deployment = Deployment({"DescribeStacks": NO_STACK}, environment)

            self.assertEqual(deployment.code, 0, deployment.errors)
            self.assertEqual(deployment.parameters, parameters(environment))

    def test_a_changed_parameter_is_another_digest(self):
        digests = {
            Deployment({"DescribeStacks": NO_STACK}, it).digest() for it in ENVIRONMENTS
        }

        self.assertEqual(len(digests), len(ENVIRONMENTS))

    def test_what_follows_the_environment_goes_to_sam(self):
        deployment = Deployment({"DescribeStacks": NO_STACK}, "dev", "--no-confirm-changeset")

        self.assertEqual(deployment.sam[:3], ["deploy", "--config-env", "dev"])
        self.assertEqual(deployment.sam[-1], "--no-confirm-changeset")

    def test_nothing_is_deployed_where_nothing_is_built_for_it(self):
        deployment = Deployment({"DescribeStacks": NO_STACK}, "dev", built="Resources: {}\n")

        self.assertNotEqual(deployment.code, 0)
        self.assertIsNone(deployment.sam)


PIPELINE = {
    "StackStatus": "CREATE_COMPLETE",
    "Outputs": [
        {"OutputKey": "ExecutionRole", "OutputValue": "arn:aws:iam::123456789012:role/theirs"},
        {"OutputKey": "Artefacts", "OutputValue": "theirs"},
    ],
}


def stacks(**known):
    """Answers of DescribeStacks: the stacks there are, by the end of their names."""

    def answer(asked):
        for name, stack in known.items():
            if asked["StackName"] == f"espace-locataire-{name}".replace("_", "-"):
                return {"Stacks": [stack]}
        raise NO_STACK

    return {"DescribeStacks": answer}


class RoleAndBucket(unittest.TestCase):
    def test_where_there_is_a_pipeline_they_are_its_own_whoever_deploys(self):
        deployment = Deployment(stacks(pipeline_dev=PIPELINE), "dev")

        self.assertEqual(deployment.code, 0, deployment.errors)
        self.assertEqual(deployment.given("--role-arn"), "arn:aws:iam::123456789012:role/theirs")
        self.assertEqual(deployment.given("--s3-bucket"), "theirs")
        self.assertIn("--no-resolve-s3", deployment.sam)

    def test_without_a_pipeline_they_are_those_of_who_deploys(self):
        deployment = Deployment(stacks(pipeline_production=PIPELINE), "dev")

        self.assertEqual(deployment.code, 0, deployment.errors)
        self.assertIsNone(deployment.given("--role-arn"))
        self.assertNotIn("--no-resolve-s3", deployment.sam)

    def test_where_it_cannot_be_told_nothing_is_deployed(self):
        denied = refused("DescribeStacks", "AccessDenied", "not authorized")
        deployment = Deployment({"DescribeStacks": denied}, "dev")

        self.assertNotEqual(deployment.code, 0)
        self.assertIn("not authorized", deployment.errors)
        self.assertIsNone(deployment.sam)


class AfterARollBack(unittest.TestCase):
    def digest_after(self, status, began="2026-11-23T09:30:00.123Z"):
        stack = {"StackStatus": status, "LastUpdatedTime": began}
        deployment = Deployment(stacks(dev=stack), "dev")
        self.assertEqual(deployment.code, 0, deployment.errors)
        return deployment.digest()

    def test_the_same_build_is_another_version(self):
        plain = self.digest_after("UPDATE_COMPLETE")

        again = self.digest_after("UPDATE_ROLLBACK_COMPLETE")

        self.assertNotEqual(again, plain)
        self.assertTrue(again.startswith(f"{plain}-2026"), again)

    def test_each_try_is_another_version(self):
        one = self.digest_after("UPDATE_ROLLBACK_COMPLETE")

        other = self.digest_after("UPDATE_ROLLBACK_COMPLETE", "2026-11-23T10:00:00.000Z")

        self.assertNotEqual(one, other)

    def test_a_first_deployment_has_the_parameters_digest_alone(self):
        first = Deployment(stacks(), "dev")

        self.assertEqual(first.digest(), self.digest_after("CREATE_COMPLETE"))

    def test_who_asks_for_it_gets_another_version_of_what_stands(self):
        stack = {"StackStatus": "UPDATE_COMPLETE", "LastUpdatedTime": "2026-11-23T09:30:00.123Z"}
        again = Deployment(stacks(dev=stack), "dev", AGAIN="1")

        self.assertTrue(again.digest().startswith(self.digest_after("UPDATE_COMPLETE") + "-2"))


class Protection(unittest.TestCase):
    def test_outside_dev_nothing_that_tenants_rely_on_is_deleted_or_replaced(self):
        for environment in ENVIRONMENTS:
            aws = Deployment(stacks(), environment).aws
            protected = 0 if environment == "dev" else 1
            for operation in ("UpdateTerminationProtection", "SetStackPolicy"):
                self.assertEqual(aws.operations().count(operation), protected, environment)
            for policy in aws.parameters_of("SetStackPolicy"):
                allow, deny = json.loads(policy["StackPolicyBody"])["Statement"]
                self.assertEqual(allow["Action"], "Update:*")
                self.assertEqual(deny["Action"], ["Update:Replace", "Update:Delete"])

    def test_the_policy_names_every_resource_that_a_deletion_keeps(self):
        policy = json.loads((ROOT / "infra/stack-policy.json").read_text())
        named = {it.removeprefix("LogicalResourceId/") for it in policy["Statement"][1]["Resource"]}
        resources = expanded("production")["Resources"]
        kept = {
            name
            for name, it in resources.items()
            if it.get("DeletionPolicy", "Delete") != "Delete"
            and it["Type"] not in ("AWS::Logs::LogGroup", "AWS::Lambda::Version")
        }
        self.assertLessEqual(kept, named)
        self.assertLessEqual(named, set(resources))


class AtOnce(unittest.TestCase):
    def test_a_mend_is_not_gradual_and_no_new_version_for_that(self):
        gradual = Deployment(stacks(), "production")
        at_once = Deployment(stacks(), "production", AT_ONCE="1")

        self.assertEqual(gradual.parameters["GradualDeployment"], "true")
        self.assertEqual(at_once.parameters["GradualDeployment"], "false")
        self.assertEqual(at_once.digest(), gradual.digest())

    def test_then_no_alarm_and_no_version_of_before_is_asked_for(self):
        def asking(**once):
            resources = expanded("production", **once)["Resources"].values()
            return [it for it in resources if "CodeDeployLambdaAliasUpdate" in str(it)]

        self.assertTrue(asking())
        self.assertFalse(asking(GradualDeployment="false"))
