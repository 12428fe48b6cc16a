"""infra/alias finds the aliases that a hand has moved, and moves them."""

import unittest

from .fake_aws import FakeAws

ARN = "arn:aws:lambda:eu-west-3:123456789012:function:"
STACK = [
    {"ResourceType": "AWS::Lambda::Version", "PhysicalResourceId": f"{ARN}x-LoginFunction-1:7"},
    {"ResourceType": "AWS::Lambda::Version", "PhysicalResourceId": f"{ARN}x-KeysFunction-1:3"},
    {"ResourceType": "AWS::Lambda::Alias", "PhysicalResourceId": f"{ARN}x-KeysFunction-1:live"},
    {
        "ResourceType": "AWS::Lambda::Function",
        "LogicalResourceId": "RequestAgencyFunction",
        "PhysicalResourceId": "x-RequestAgencyFunction-1",
    },
    {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "arn:x-Gradual"},
    {"ResourceType": "AWS::CloudFormation::Stack", "PhysicalResourceId": "arn:x-Staff"},
]
STAFF = [
    {"ResourceType": "AWS::Lambda::Version", "PhysicalResourceId": f"{ARN}y-ShowStaffFunction-1:5"},
    {
        "ResourceType": "AWS::Lambda::Function",
        "LogicalResourceId": "ShowStaffFunction",
        "PhysicalResourceId": "y-ShowStaffFunction-1",
    },
]
INSIDE = {"arn:x-Gradual": [], "arn:x-Staff": STAFF}


def answers(**live):
    """Where `login` and `keys` stand: a version, or a version and the weights of others."""
    aliases = {f"x-{name.title()}Function-1": it for name, it in live.items()}
    aliases["y-ShowStaffFunction-1"] = live.get("show_staff", ("5", None))

    def alias(asked):
        version, weights = aliases[asked["FunctionName"]]
        routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
        return {"FunctionVersion": version, "RoutingConfig": None, **routing}

    return {
        "ListStackResources": lambda asked: {
            "StackResourceSummaries": INSIDE.get(asked["StackName"], STACK)
        },
        "GetAlias": alias,
    }


class Alias(unittest.TestCase):
    def run_with(self, given, *arguments):
        with FakeAws(given) as aws:
            ran = aws.run("infra/alias", "production", *arguments)
            self.assertEqual(ran.returncode, 0, ran.stderr)
            return aws, ran.stdout

    def test_what_was_moved_is_told_and_left(self):
        aws, told = self.run_with(answers(login=("6", None), keys=("3", None)))

        self.assertEqual(told, "x-LoginFunction-1: live is 6, the stack believes 7\n")
        self.assertNotIn("UpdateAlias", aws.operations())

    def test_a_shift_that_was_cut_short_is_told(self):
        _, told = self.run_with(answers(login=("7", {"8": 0.1}), keys=("3", None)))

        self.assertEqual(told, "x-LoginFunction-1: live is 7 8, the stack believes 7\n")

    def test_what_was_moved_is_put_back(self):
        aws, _ = self.run_with(answers(login=("6", None), keys=("3", None)), "put-back")

        (moved,) = aws.parameters_of("UpdateAlias")
        self.assertEqual(moved["FunctionName"], "x-LoginFunction-1")
        self.assertEqual(moved["FunctionVersion"], "7")
        self.assertEqual(moved["RoutingConfig"], {"AdditionalVersionWeights": {}})

    def test_a_function_is_moved_by_its_name(self):
        for name, function in (
            ("request-agency", "x-RequestAgencyFunction-1"),
            ("show-staff", "y-ShowStaffFunction-1"),
        ):
            aws, _ = self.run_with(answers(), name, "41")

            (moved,) = aws.parameters_of("UpdateAlias")
            self.assertEqual(moved["FunctionName"], function)
            self.assertEqual(moved["FunctionVersion"], "41")

    def test_a_function_that_is_not_there_is_said_to_be_missing(self):
        with FakeAws(answers()) as aws:
            ran = aws.run("infra/alias", "production", "show-stuff", "41")

        self.assertEqual(ran.returncode, 1)
        self.assertIn("no stack of production has ShowStuffFunction", ran.stderr)
        self.assertNotIn("UpdateAlias", aws.operations())

    def test_what_was_moved_in_a_stack_inside_is_put_back(self):
        live = answers(login=("7", None), keys=("3", None), show_staff=("4", None))
        aws, told = self.run_with(live, "put-back")

        self.assertEqual(told, "y-ShowStaffFunction-1: live is 5\n")
        (moved,) = aws.parameters_of("UpdateAlias")
        self.assertEqual(moved["FunctionVersion"], "5")

    def test_where_nothing_was_moved_it_says_so(self):
        _, told = self.run_with(answers(login=("7", None), keys=("3", None)))

        self.assertEqual(told, "every alias is where the stack believes\n")
