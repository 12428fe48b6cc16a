"""infra/alias finds the aliases that a hand has moved, and moves them."""

import unittest

from .fake_aws import FakeAws

ARN = "arn:aws:lambda:eu-west-3:123456789012:function:"
STACK = [
    {"ResourceType": "AWS::Lambda::Version", "PhysicalResourceId": f"{ARN}x-LoginFunction-1:7"},
    {"ResourceType": "AWS::Lambda::Version", "PhysicalResourceId": f"{ARN}x-KeysFunction-1:3"},
    {"ResourceType": "AWS::Lambda::Alias", "PhysicalResourceId": f"{ARN}x-KeysFunction-1:live"},
]


def answers(**live):
    """Where `login` and `keys` stand: a version, or a version and the weights of others."""
    aliases = {f"x-{name.title()}Function-1": it for name, it in live.items()}

    def alias(asked):
        version, weights = aliases[asked["FunctionName"]]
        routing = {"RoutingConfig": {"AdditionalVersionWeights": weights}} if weights else {}
        return {"FunctionVersion": version, "RoutingConfig": None, **routing}

    return {
        "ListStackResources": {"StackResourceSummaries": STACK},
        "GetAlias": alias,
        "DescribeStackResource": {
            "StackResourceDetail": {"PhysicalResourceId": "x-RequestAgencyFunction-1"}
        },
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
        aws, _ = self.run_with(answers(), "request-agency", "41")

        (asked,) = aws.parameters_of("DescribeStackResource")
        self.assertEqual(asked["LogicalResourceId"], "RequestAgencyFunction")
        (moved,) = aws.parameters_of("UpdateAlias")
        self.assertEqual(moved["FunctionVersion"], "41")

    def test_where_nothing_was_moved_it_says_so(self):
        _, told = self.run_with(answers(login=("7", None), keys=("3", None)))

        self.assertEqual(told, "every alias is where the stack believes\n")
