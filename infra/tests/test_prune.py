"""infra/prune deletes old versions and old code, and nothing that is in use."""

import sys
import unittest

from .fake_aws import FakeAws

FUNCTION = "arn:aws:lambda:eu-west-3:123456789012:function:x-LoginFunction-1"
INNER = "arn:aws:cloudformation:eu-west-3:123456789012:stack/espace-locataire-production-Alarms-1/0"
LONG_AGO, LATELY = "2020-01-01T00:00:00+00:00", "2999-01-01T00:00:00+00:00"


def answers(pipeline=True, versions=range(1, 21), weights=None):
    def resources(asked):
        if asked["StackName"] == INNER:
            return {"StackResourceSummaries": []}
        kinds = {"AWS::Lambda::Version": f"{FUNCTION}:18", "AWS::CloudFormation::Stack": INNER}
        return {
            "StackResourceSummaries": [
                {"ResourceType": kind, "PhysicalResourceId": it} for kind, it in kinds.items()
            ]
        }

    def template(asked):
        return {"TemplateBody": {"Key": "inner" if asked["StackName"] == INNER else "named"}}

    routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
    name = "espace-locataire-pipeline-production" if pipeline else "another"
    return {
        "ListStackResources": resources,
        "ListAliases": {"Aliases": [{"FunctionVersion": "3", "RoutingConfig": None, **routing}]},
        "ListVersionsByFunction": {
            "Versions": [{"Version": "$LATEST"}, *({"Version": str(it)} for it in versions)]
        },
        "ListStacks": {"StackSummaries": [{"StackName": name}]},
        "DescribeStacks": {
            "Stacks": [{"Outputs": [{"OutputKey": "Artefacts", "OutputValue": "theirs"}]}]
        },
        "GetTemplate": template,
        "ListObjectsV2": {
            "Contents": [
                {"Key": key, "LastModified": modified}
                for key, modified in (
                    ("named", LONG_AGO),
                    ("inner", LONG_AGO),
                    ("old", LONG_AGO),
                    ("new", LATELY),
                )
            ]
        },
    }


class Prune(unittest.TestCase):
    def run_with(self, given, *arguments):
        with FakeAws(given) as aws:
            ran = aws.run(sys.executable, "infra/prune", "production", *arguments)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            return aws, ran.stdout

    def deleted(self, aws):
        versions = [int(it["Qualifier"]) for it in aws.parameters_of("DeleteFunction")]
        for it in aws.parameters_of("DeleteFunction"):
            self.assertEqual(it["FunctionName"], FUNCTION)
        return versions, [it["Key"] for it in aws.parameters_of("DeleteObject")]

    def test_without_a_yes_it_says_what_it_would_do_and_does_nothing(self):
        aws, told = self.run_with(answers())

        self.assertEqual(self.deleted(aws), ([], []))
        self.assertIn("would run: aws lambda delete-function", told)
        self.assertIn("would run: aws s3api delete-object", told)

    def test_versions_in_use_and_the_last_ones_stay(self):
        aws, _ = self.run_with(answers(), "--yes")

        # An alias leads to 3, the stack believes in 18, and 16 to 20 are the last.
        versions, _ = self.deleted(aws)
        self.assertEqual(versions, [it for it in range(1, 16) if it != 3])

    def test_both_versions_of_a_shift_stay(self):
        aws, _ = self.run_with(answers(weights={"4": 0.1}), "--yes")

        versions, _ = self.deleted(aws)
        self.assertFalse({3, 4} & set(versions))

    def test_code_that_a_stack_names_and_new_code_stay(self):
        aws, _ = self.run_with(answers(), "--yes")

        _, objects = self.deleted(aws)
        self.assertEqual(objects, ["old"])

    def test_where_there_is_no_pipeline_no_bucket_is_touched(self):
        aws, _ = self.run_with(answers(pipeline=False), "--yes")

        self.assertEqual(self.deleted(aws)[1], [])
        self.assertNotIn("ListObjectsV2", aws.operations())
