"""What the two roles of infra/pipeline.yaml may do, by IAM's rules, and IAM's limits on their size."""

import json
import unittest

from .templates import ACCOUNT, REGION, Template, allowed

ENVIRONMENTS = ("dev", "staging", "production")
# IAM's quotas, in characters without white space.
MOST_OF_A_MANAGED_POLICY = 6_144
MOST_OF_A_ROLES_INLINE_POLICIES = 10_240
MOST_MANAGED_POLICIES_OF_A_ROLE = 10


def pipeline(environment):
    return Template(
        "infra/pipeline.yaml",
        f"espace-locataire-pipeline-{environment}",
        Environment=environment,
        Repository="owner/name",
    )


def policies_of(template, role):
    """The documents of a role's inline policies, and of those attached to it."""
    properties = template.resources("AWS::IAM::Role")[role]["Properties"]
    inline = [it["PolicyDocument"] for it in properties.get("Policies", [])]
    managed = template.resources("AWS::IAM::ManagedPolicy")
    attached = [
        managed[name.strip("<>")]["Properties"]["PolicyDocument"]
        for name in properties.get("ManagedPolicyArns", [])
    ]
    return inline, attached


def size(document):
    return len(json.dumps(document, separators=(",", ":")).replace(" ", ""))


class Pipeline(unittest.TestCase):
    def setUp(self):
        self.templates = {it: pipeline(it) for it in ENVIRONMENTS}

    def may(self, environment, role, action, resource, **context):
        inline, attached = policies_of(self.templates[environment], role)
        return allowed(inline + attached, action, resource, **context)

    def test_every_policy_is_within_iams_quotas(self):
        for environment, template in self.templates.items():
            for role in template.resources("AWS::IAM::Role"):
                inline, attached = policies_of(template, role)
                self.assertLessEqual(len(attached), MOST_MANAGED_POLICIES_OF_A_ROLE, role)
                self.assertLessEqual(sum(map(size, inline)), MOST_OF_A_ROLES_INLINE_POLICIES, role)
                for document in attached:
                    self.assertLessEqual(size(document), MOST_OF_A_MANAGED_POLICY, environment)

    def test_the_execution_role_passes_itself_to_cloudformation_and_to_nothing_else(self):
        for environment in ENVIRONMENTS:
            role = f"arn:aws:iam::{ACCOUNT}:role/espace-locataire-{environment}-cloudformation"
            for service, may in (("cloudformation", True), ("lambda", False), ("ec2", False)):
                passed = {"iam:PassedToService": f"{service}.amazonaws.com"}
                self.assertEqual(
                    self.may(environment, "ExecutionRole", "iam:PassRole", role, **passed), may
                )

    def test_the_execution_role_makes_the_stacks_inside_the_stack(self):
        for environment in ENVIRONMENTS:
            stack = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/espace-locataire-{environment}"
            for action in ("CreateStack", "DescribeStacks", "UpdateStack", "DeleteStack"):
                action = f"cloudformation:{action}"
                inner = f"{stack}-Observability-1ABC/0"
                self.assertTrue(self.may(environment, "ExecutionRole", action, inner))

    def test_the_execution_role_gives_functions_their_roles(self):
        role = f"arn:aws:iam::{ACCOUNT}:role/espace-locataire-pro-LoginFunctionRole-1ABC"
        passed = {"iam:PassedToService": "lambda.amazonaws.com"}
        self.assertTrue(self.may("production", "ExecutionRole", "iam:PassRole", role, **passed))

    def test_no_deployment_changes_what_a_deployment_may_do(self):
        for environment in ENVIRONMENTS:
            for role in ("cloudformation", "deploy"):
                arn = f"arn:aws:iam::{ACCOUNT}:role/espace-locataire-{environment}-{role}"
                for action in ("PutRolePolicy", "AttachRolePolicy", "DeleteRole", "UpdateRole"):
                    self.assertFalse(self.may(environment, "ExecutionRole", f"iam:{action}", arn))
            name = f"espace-locataire-pipeline-{environment}-ExecutionOfRoles-1ABC"
            arn = f"arn:aws:iam::{ACCOUNT}:policy/{name}"
            for action in ("CreatePolicyVersion", "DeletePolicy"):
                self.assertFalse(self.may(environment, "ExecutionRole", f"iam:{action}", arn))

    def test_github_hands_the_execution_role_to_cloudformation_alone(self):
        role = "<ExecutionRole.Arn>"
        for service, may in (("cloudformation", True), ("lambda", False)):
            passed = {"iam:PassedToService": f"{service}.amazonaws.com"}
            self.assertEqual(self.may("dev", "DeployRole", "iam:PassRole", role, **passed), may)

    def test_github_finds_the_outputs_of_the_pipeline_and_the_state_of_the_stack(self):
        stacks = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/espace-locataire"
        for stack in (f"{stacks}-pipeline-dev/0", f"{stacks}-dev/0"):
            self.assertTrue(self.may("dev", "DeployRole", "cloudformation:DescribeStacks", stack))
        production = f"{stacks}-pipeline-production/0"
        self.assertFalse(self.may("dev", "DeployRole", "cloudformation:DescribeStacks", production))
