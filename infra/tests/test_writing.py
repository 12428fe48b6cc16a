"""infra/writing stops all that calls a function which writes, and lets it go on as it was."""

import sys
import unittest
import uuid

from expand import expanded

from .fake_aws import FakeAws
from .templates import inner_stacks_with_functions, many

# What calls functions, and what infra/writing does to it.
CALLERS = {
    "AWS::ApiGatewayV2::Api": "UpdateStage",
    "AWS::Lambda::EventSourceMapping": "UpdateEventSourceMapping",
    "AWS::Scheduler::Schedule": "UpdateSchedule",
}

def deployed():
    """The resources of a stack in production, each with its logical name, or a number, for its own."""
    resources = expanded("production")["Resources"]
    return [
        {
            "ResourceType": it["Type"],
            "PhysicalResourceId": str(uuid.uuid5(uuid.NAMESPACE_OID, name))
            if it["Type"] == "AWS::Lambda::EventSourceMapping"
            else name,
        }
        for name, it in resources.items()
    ]


def answers(state):
    schedule = {
        "Arn": "arn:aws:scheduler:eu-west-3:123456789012:schedule/default/x",
        "CreationDate": "2026-11-23T09:30:00Z",
        "LastModificationDate": "2026-11-23T09:30:00Z",
        "Name": "daily",
        "GroupName": "default",
        "ScheduleExpression": "cron(0 4 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Paris",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "State": "ENABLED",
        "Target": {"Arn": "a", "RoleArn": "r", "Input": "{}"},
        "ActionAfterCompletion": "NONE",
        "Description": None,
        "StartDate": None,
        "EndDate": None,
        "KmsKeyArn": None,
    }
    rate = {"ParameterKey": "RequestRate", "ParameterValue": "150"}
    burst = {"ParameterKey": "RequestBurst", "ParameterValue": "300"}
    return {
        "ListStackResources": {"StackResourceSummaries": deployed()},
        "DescribeStacks": {"Stacks": [{"Parameters": [rate, burst]}]},
        "GetSchedule": {name: it for name, it in schedule.items() if it is not None},
        "GetEventSourceMapping": {"State": state},
    }


class Writing(unittest.TestCase):
    def run_with(self, verb, state):
        with FakeAws(answers(state)) as aws:
            ran = aws.run(sys.executable, "infra/writing", "production", verb)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            return aws, ran.stdout

    def test_all_that_calls_a_function_is_stopped(self):
        aws, _ = self.run_with("stop", "Disabled")

        for kind, operation in CALLERS.items():
            expected = sum(it["ResourceType"] == kind for it in deployed())
            self.assertGreater(expected, 0)
            self.assertEqual(aws.operations().count(operation), expected, kind)
        (stage,) = aws.parameters_of("UpdateStage")
        self.assertEqual(
            stage["DefaultRouteSettings"], {"ThrottlingRateLimit": 0, "ThrottlingBurstLimit": 0}
        )
        for mapping in aws.parameters_of("UpdateEventSourceMapping"):
            self.assertFalse(mapping["Enabled"])
        for schedule in aws.parameters_of("UpdateSchedule"):
            self.assertEqual(schedule["State"], "DISABLED")
            self.assertEqual(schedule["ScheduleExpressionTimezone"], "Europe/Paris")

    def test_it_goes_on_with_the_limits_that_were_deployed(self):
        aws, told = self.run_with("go-on", "Enabled")

        (stage,) = aws.parameters_of("UpdateStage")
        self.assertEqual(
            stage["DefaultRouteSettings"],
            {"ThrottlingRateLimit": 150, "ThrottlingBurstLimit": 300},
        )
        self.assertIn("ThrottlingRateLimit=150,ThrottlingBurstLimit=300", told)
        for mapping in aws.parameters_of("UpdateEventSourceMapping"):
            self.assertTrue(mapping["Enabled"])
        for schedule in aws.parameters_of("UpdateSchedule"):
            self.assertEqual(schedule["State"], "ENABLED")

    def test_nothing_else_calls_a_function(self):
        resources = dict(expanded("production")["Resources"])
        for path in inner_stacks_with_functions():
            inside = expanded("production", path)["Resources"]
            # infra/writing looks for callers in the stack itself.
            self.assertEqual(CALLERS.keys() & {it["Type"] for it in inside.values()}, set(), path)
            resources |= inside
        self.assertNotIn("AWS::Lambda::Permission", {it["Type"] for it in resources.values()})
        callers = {
            principal
            for it in resources.values()
            if it["Type"] == "AWS::IAM::Role" and "lambda:InvokeFunction" in str(it["Properties"])
            for principal in many(
                it["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Service"]
            )
        }
        self.assertEqual(callers, {"apigateway.amazonaws.com", "scheduler.amazonaws.com"})
