"""What the two roles of infra/pipeline.yaml may do, by IAM's rules, and IAM's limits on their size."""

import json
import unittest

from expand import expanded

from .templates import ACCOUNT, REGION, Template, allowed, inner_stacks

ENVIRONMENTS = ("dev", "staging", "production")
# IAM's quotas, in characters without white space.
MOST_OF_A_MANAGED_POLICY = 6_144
MOST_OF_A_ROLES_INLINE_POLICIES = 10_240
MOST_MANAGED_POLICIES_OF_A_ROLE = 10

# What makes and deletes each type of resource, and what its ARN looks like after the account.
MADE_BY = {
    "AWS::ApiGatewayV2::Api": ("apigateway", "/apis", "POST DELETE"),
    "AWS::ApiGatewayV2::Stage": ("apigateway", "/apis/a1/stages", "POST DELETE"),
    "AWS::Budgets::Budget": ("budgets", "budget/x", "ModifyBudget ViewBudget"),
    "AWS::CE::AnomalyMonitor": ("ce", "anomalymonitor/1", "CreateAnomalyMonitor DeleteAnomalyMonitor"),
    "AWS::CE::AnomalySubscription": (
        *("ce", "anomalysubscription/1"),
        "CreateAnomalySubscription DeleteAnomalySubscription",
    ),
    "AWS::CloudFormation::Stack": ("cloudformation", "stack/{whole}-X-1/0", "CreateStack DeleteStack"),
    "AWS::CloudWatch::Alarm": ("cloudwatch", "alarm:{name}-X-1", "PutMetricAlarm DeleteAlarms"),
    "AWS::CloudWatch::Dashboard": ("cloudwatch", "dashboard/{name}", "PutDashboard DeleteDashboards"),
    "AWS::CodeDeploy::Application": (
        *("codedeploy", "application:{name}-X-1"),
        "CreateApplication DeleteApplication",
    ),
    "AWS::CodeDeploy::DeploymentGroup": (
        *("codedeploy", "deploymentgroup:{name}-X-1/{name}-Y-1"),
        "CreateDeploymentGroup DeleteDeploymentGroup CreateDeployment",
    ),
    "AWS::DynamoDB::Table": ("dynamodb", "table/{name}-X-1", "CreateTable DeleteTable"),
    "AWS::IAM::ManagedPolicy": ("iam", "policy/{name}-X-1", "CreatePolicy DeletePolicy"),
    "AWS::IAM::Role": ("iam", "role/{name}-X-1", "CreateRole DeleteRole PutRolePolicy"),
    "AWS::Lambda::Alias": ("lambda", "function:{name}-X-1", "CreateAlias DeleteAlias UpdateAlias"),
    "AWS::Lambda::EventInvokeConfig": (
        *("lambda", "function:{name}-X-1"),
        "PutFunctionEventInvokeConfig DeleteFunctionEventInvokeConfig",
    ),
    "AWS::Lambda::EventSourceMapping": (
        *("lambda", "event-source-mapping:1"),
        "CreateEventSourceMapping DeleteEventSourceMapping",
    ),
    "AWS::Lambda::Function": ("lambda", "function:{name}-X-1", "CreateFunction DeleteFunction"),
    "AWS::Lambda::Permission": ("lambda", "function:{name}-X-1", "AddPermission RemovePermission"),
    "AWS::Lambda::Version": ("lambda", "function:{name}-X-1", "PublishVersion"),
    "AWS::Logs::LogGroup": ("logs", "log-group:{name}-X-1", "CreateLogGroup DeleteLogGroup"),
    "AWS::Logs::MetricFilter": ("logs", "log-group:{name}-X-1", "PutMetricFilter DeleteMetricFilter"),
    "AWS::Logs::QueryDefinition": ("logs", "*", "PutQueryDefinition DeleteQueryDefinition"),
    "AWS::SES::ConfigurationSet": (
        *("ses", "configuration-set/x"),
        "CreateConfigurationSet DeleteConfigurationSet",
    ),
    "AWS::SES::ConfigurationSetEventDestination": (
        *("ses", "configuration-set/x"),
        "CreateConfigurationSetEventDestination DeleteConfigurationSetEventDestination",
    ),
    "AWS::SES::EmailIdentity": ("ses", "identity/x", "CreateEmailIdentity DeleteEmailIdentity"),
    "AWS::SNS::Subscription": ("sns", "{name}-X-1", "Subscribe Unsubscribe"),
    "AWS::SNS::Topic": ("sns", "{name}-X-1", "CreateTopic DeleteTopic"),
    "AWS::SNS::TopicPolicy": ("sns", "{name}-X-1", "SetTopicAttributes"),
    "AWS::SQS::Queue": ("sqs", "{name}-X-1", "CreateQueue DeleteQueue"),
    "AWS::SQS::QueuePolicy": ("sqs", "{name}-X-1", "SetQueueAttributes"),
    "AWS::Scheduler::Schedule": (
        *("scheduler", "schedule/default/{name}-X"),
        "CreateSchedule DeleteSchedule UpdateSchedule",
    ),
    "AWS::SecretsManager::Secret": ("secretsmanager", "secret:Secret-1", "CreateSecret DeleteSecret"),
    "AWS::Events::Rule": ("events", "rule/{name}-X-1", "PutRule DeleteRule"),
}
# As CloudFormation shortens the name of the stack.
SHORTENED = {"dev": "dev", "staging": "sta", "production": "pro"}
# Services whose ARNs have neither region nor account.
GLOBAL = {"apigateway": f"{REGION}:", "iam": f":{ACCOUNT}"}

# Services that are called in us-east-1, whatever the region of the stack.
EVERYWHERE = ("budgets", "ce")


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

    def test_the_execution_role_makes_the_hook_whose_name_codedeploy_asks_for(self):
        for environment in ENVIRONMENTS:
            name = f"function:CodeDeployHook_espace-locataire-{environment}"
            arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:{name}"
            for action in ("CreateFunction", "UpdateFunctionCode", "DeleteFunction"):
                self.assertTrue(self.may(environment, "ExecutionRole", f"lambda:{action}", arn))

    def test_the_execution_role_gives_functions_and_the_api_their_roles(self):
        for service, name in (("lambda", "LoginFunctionRole"), ("apigateway", "ApiRole")):
            role = f"arn:aws:iam::{ACCOUNT}:role/espace-locataire-pro-{name}-1ABC"
            passed = {"iam:PassedToService": f"{service}.amazonaws.com"}
            self.assertTrue(self.may("production", "ExecutionRole", "iam:PassRole", role, **passed))

    def test_both_roles_have_templates_expanded(self):
        transform = f"arn:aws:cloudformation:{REGION}:aws:transform/Serverless-2016-10-31"
        for role in ("DeployRole", "ExecutionRole"):
            self.assertTrue(self.may("dev", role, "cloudformation:CreateChangeSet", transform), role)

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

    def test_the_execution_role_makes_and_deletes_all_that_the_stack_has(self):
        for environment in ENVIRONMENTS:
            made = [it["Type"] for it in expanded(environment)["Resources"].values()]
            for path in inner_stacks(environment):
                made += [it["Type"] for it in expanded(environment, path)["Resources"].values()]
            names = {
                "name": f"espace-locataire-{SHORTENED[environment]}",
                "whole": f"espace-locataire-{environment}",
            }
            function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{names['name']}-X-1"
            for kind in sorted(set(made)):
                service, of, actions = MADE_BY[kind]
                where = GLOBAL.get(service, f"{REGION}:{ACCOUNT}")
                if "dashboard" in of:
                    where = f":{ACCOUNT}"
                arn = f"arn:aws:{service}:{where}:{of.format(**names)}"
                for action in actions.split():
                    may = self.may(
                        *(environment, "ExecutionRole", f"{service}:{action}", arn),
                        **{
                            "aws:RequestedRegion": "us-east-1" if service in EVERYWHERE else REGION,
                            "iam:PermissionsBoundary": boundary(names),
                            "lambda:FunctionArn": function,
                        },
                    )
                    self.assertTrue(may, f"{environment}: {service}:{action} on {arn}")

    def test_the_execution_role_makes_and_reads_every_secret_whichever_way_it_is_named(self):
        for environment in ENVIRONMENTS:
            for secret in ("Secret", "EdgeSecret", "StaffSecret"):
                for name in (secret, f"espace-locataire-{SHORTENED[environment]}-{secret}"):
                    arn = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:{name}-1ABC"
                    for action in ("CreateSecret", "GetSecretValue", "DeleteSecret"):
                        action = f"secretsmanager:{action}"
                        self.assertTrue(self.may(environment, "ExecutionRole", action, arn), arn)

    def test_the_execution_role_attaches_the_policies_that_sam_gives_to_roles(self):
        resources = dict(expanded("production")["Resources"])
        for path in inner_stacks():
            resources |= expanded("production", path)["Resources"]
        for name, role in resources.items():
            if role["Type"] != "AWS::IAM::Role":
                continue
            for policy in role["Properties"].get("ManagedPolicyArns", []):
                policy = str(policy["Fn::Sub"] if isinstance(policy, dict) else policy)
                context = {
                    "iam:PolicyARN": policy.replace("${AWS::Partition}", "aws"),
                    "iam:PermissionsBoundary": boundary({"name": "espace-locataire-pro"}),
                }
                arn = f"arn:aws:iam::{ACCOUNT}:role/espace-locataire-pro-{name}-1"
                action = "iam:AttachRolePolicy"
                self.assertTrue(self.may("production", "ExecutionRole", action, arn, **context), policy)


def boundary(names):
    return f"arn:aws:iam::{ACCOUNT}:policy/{names['name']}-FunctionBoundary-1"
