"""infra/drift tells what a hand has changed, in the stack and in those inside it."""

import unittest

from .fake_aws import FakeAws

INNER = "arn:aws:cloudformation:eu-west-3:123456789012:stack/espace-locataire-production-Alarms-1/0"


def answers(*drifts, state="DETECTION_COMPLETE"):
    inner = {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": INNER}
    detected = [{"DetectionStatus": "DETECTION_IN_PROGRESS"}, {"DetectionStatus": state}]
    return {
        "ListStackResources": {"StackResourceSummaries": [inner]},
        "DetectStackDrift": {"StackDriftDetectionId": "d-1"},
        "DescribeStackDriftDetectionStatus": detected,
        "DescribeStackResourceDrifts": {"StackResourceDrifts": list(drifts)},
    }


class Drift(unittest.TestCase):
    def run_with(self, given):
        with FakeAws(given) as aws:
            aws.add_command("sleep", "#!/bin/sh\n")
            return aws, aws.run("infra/drift", "production")

    def test_what_was_changed_by_hand_is_told_and_fails(self):
        changed = {
            "StackResourceDriftStatus": "MODIFIED",
            "LogicalResourceId": "HttpApi",
            "PropertyDifferences": [{"PropertyPath": "/Name"}],
        }
        aws, ran = self.run_with(answers(changed))

        self.assertEqual(ran.returncode, 1, ran.stderr)
        self.assertIn("MODIFIED\tHttpApi\t/Name", ran.stdout)
        asked = [it["StackName"] for it in aws.parameters_of("DetectStackDrift")]
        self.assertEqual(asked, ["espace-locataire-production", INNER])

    def test_where_nothing_was_it_says_so(self):
        _, ran = self.run_with(answers())

        self.assertEqual((ran.returncode, ran.stdout), (0, "espace-locataire-production is as its templates say\n"))

    def test_what_could_not_be_read_is_told(self):
        _, ran = self.run_with(answers(state="DETECTION_FAILED"))

        self.assertIn("not all of it could be read", ran.stderr)
