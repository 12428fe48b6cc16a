"""infra/hook: what CodeDeploy is told of a new version, by what it answers."""

import io
import json
import sys
import types
import unittest
from unittest import mock

import boto3
from botocore.response import StreamingBody
from botocore.stub import Stubber
from botocore.validate import ParamValidator
from expand import expanded

from .templates import ACCOUNT, REGION, ROOT, Template

sys.path.insert(0, str(ROOT / "infra/hook"))
import hook

PREFIX = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:"
FUNCTION = "espace-locataire-productio-LoginFunction-1ABC"
# As AWS documents the AppSpec of a deployment of Lambda, in both its forms.
JSON = (
    '{"version":0.0,"Resources":[{"x":{"Type":"AWS::Lambda::Function","Properties":{"Name":"'
    f'{FUNCTION}",'
    '"Alias":"live","CurrentVersion":"6","TargetVersion":"7"}}}]}'
)
YAML = f"""version: 0.0
Resources:
  - x:
      Type: AWS::Lambda::Function
      Properties:
        Name: "{FUNCTION}"
        Alias: "live"
        CurrentVersion: "6"
        TargetVersion: "7"
"""


class Hook(unittest.TestCase):
    def told(self, answer, revision=None, failed=None, tags=None, edge=None):
        """What CodeDeploy is told, when the new version answers so; with what CloudFront shows."""
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x", "region_name": REGION}
        names = ("codedeploy", "lambda", "secretsmanager")
        clients = {name: boto3.client(name, **keys) for name in names}
        stubs = {name: Stubber(client) for name, client in clients.items()}
        revision = revision or {"revisionType": "AppSpecContent", "appSpecContent": {"content": JSON}}
        stubs["codedeploy"].add_response(
            "get_deployment", {"deploymentInfo": {"revision": revision}}, {"deploymentId": "d-1"}
        )
        tags = tags or {"aws:cloudformation:logical-id": "LoginFunction"}
        stubs["lambda"].add_response("list_tags", {"Tags": tags}, {"Resource": PREFIX + FUNCTION})
        self.asked = None

        def invoke(**given):
            self.asked = given
            body = json.dumps(answer).encode()
            error = {"FunctionError": failed} if failed else {}
            return {"Payload": StreamingBody(io.BytesIO(body), len(body)), **error}

        clients["lambda"].invoke = invoke
        if edge:
            stubs["secretsmanager"].add_response(
                "get_secret_value", {"SecretString": edge}, {"SecretId": "arn:edge"}
            )
        said = []
        clients["codedeploy"].put_lifecycle_event_hook_execution_status = lambda **it: said.append(it)
        event = {"DeploymentId": "d-1", "LifecycleEventHookExecutionId": "e-1"}
        context = types.SimpleNamespace(invoked_function_arn=PREFIX + "CodeDeployHook_x")
        with (
            mock.patch.object(boto3, "client", clients.__getitem__),
            mock.patch("builtins.print"),
            mock.patch.dict("os.environ", EDGE_SECRET="arn:edge" if edge else ""),
            stubs["codedeploy"],
            stubs["lambda"],
            stubs["secretsmanager"],
        ):
            hook.handler(event, context)
        (only,) = said
        operation = "PutLifecycleEventHookExecutionStatus"
        model = clients["codedeploy"].meta.service_model.operation_model(operation)
        self.assertFalse(ParamValidator().validate(only, model.input_shape).has_errors())
        self.assertIn(only["status"], model.input_shape.members["status"].enum)
        self.assertEqual(only["deploymentId"], "d-1")
        self.assertEqual(only["lifecycleEventHookExecutionId"], "e-1")
        return only["status"]

    def test_the_expected_answer_lets_traffic_in(self):
        for content in (
            {"revisionType": "AppSpecContent", "appSpecContent": {"content": JSON}},
            {"revisionType": "String", "string": {"content": YAML}},
        ):
            self.assertEqual(self.told({"statusCode": 401}, content), "Succeeded")
            self.assertEqual(self.asked["FunctionName"], f"{PREFIX}{FUNCTION}:7")
            event = json.loads(self.asked["Payload"])
            self.assertEqual(event["routeKey"], "POST /api/sessions")

    def test_another_answer_lets_none_in(self):
        for status in (200, 400, 500, 503):
            self.assertEqual(self.told({"statusCode": status}), "Failed", status)

    def test_behind_an_edge_it_shows_what_cloudfront_shows(self):
        self.told({"statusCode": 401})
        self.assertNotIn("x-proxy-secret", json.loads(self.asked["Payload"])["headers"])
        for kept in ("new", "new, old"):
            self.told({"statusCode": 401}, edge=kept)
            self.assertEqual(json.loads(self.asked["Payload"])["headers"]["x-proxy-secret"], "new")
        self.assertEqual(self.told({"statusCode": 403}, edge="new"), "Failed")

    def test_a_limit_that_is_used_up_says_nothing_of_the_version(self):
        self.assertEqual(self.told({"statusCode": 429}), "Succeeded")

    def test_a_version_that_does_not_start_lets_none_in(self):
        self.assertEqual(self.told({"errorMessage": "…"}, failed="Unhandled"), "Failed")

    def test_what_the_hook_itself_cannot_do_is_told_too(self):
        self.assertEqual(self.told({"statusCode": 401}, tags={"other": "x"}), "Failed")
        unknown = {"aws:cloudformation:logical-id": "UnknownFunction"}
        self.assertEqual(self.told({"statusCode": 401}, tags=unknown), "Failed")

    def test_an_operation_without_an_expected_answer_may_not_fail(self):
        self.assertIsNone(hook.differs({"statusCode": 404}, None))
        self.assertIsNotNone(hook.differs({"statusCode": 503}, None))
        self.assertIsNotNone(hook.differs({}, None))
        self.assertIsNone(hook.differs({"isAuthorized": False}, False))
        self.assertIsNotNone(hook.differs({"isAuthorized": True}, False))


def staff():
    """What the stack of the agency's pages has."""
    return expanded("production", "infra/staff.yaml")["Resources"]


class Gradual(unittest.TestCase):
    FIRST = ("GetAccount", "Login", "Portal", "RefreshSession")

    def gradual(self):
        """The functions that are deployed gradually, by the names of their aliases."""
        resources = expanded("production")["Resources"] | staff()
        return {
            name.removesuffix("Aliaslive"): (resources[name.removesuffix("Aliaslive")], it)
            for name, it in resources.items()
            if "CodeDeployLambdaAliasUpdate" in it.get("UpdatePolicy", {})
        }

    def test_each_has_an_event_by_which_it_is_tried_out(self):
        events = json.loads((ROOT / "infra/hook/events.json").read_text())

        operations = {hook.operation_of({hook.LOGICAL_NAME: name}) for name in self.gradual()}

        self.assertEqual(operations, set(events))

    def test_each_is_tried_out_before_it_has_traffic(self):
        for name, (_, alias) in self.gradual().items():
            update = alias["UpdatePolicy"]["CodeDeployLambdaAliasUpdate"]
            inside = f"{name}Aliaslive" in staff()
            hooked = {"Fn::GetAtt": ["Gradual", "Outputs.Hook"]}
            self.assertEqual(
                update["BeforeAllowTrafficHook"], {"Ref": "Hook"} if inside else hooked, name
            )
        given = Template("template.yaml", "x", StaffIssuer="https://staff.example")
        given = given.resources("AWS::Serverless::Application")["Staff"]["Properties"]["Parameters"]
        self.assertEqual(given["Hook"], "<Gradual.Outputs.Hook>")

    def test_all_but_the_first_wave_wait_for_it(self):
        first = {f"{name}FunctionAliaslive" for name in self.FIRST}
        inside = staff()
        for name, (function, _) in self.gradual().items():
            waits = set(function.get("DependsOn", []))
            early = f"{name}Aliaslive" in first or name in inside
            self.assertEqual(waits, set() if early else first, name)
        # Those of the nested stack wait with it.
        self.assertEqual(set(expanded("production")["Resources"]["Staff"]["DependsOn"]), first)

    def test_codedeploy_may_invoke_the_hook_by_its_name(self):
        stack = Template("infra/gradual.yaml", "x", Environment="dev", StackName="espace-locataire-dev")
        name = stack.resources()["Hook"]["Properties"]["FunctionName"]

        self.assertTrue(name.startswith("CodeDeployHook_"))
        self.assertLessEqual(len(name.replace("-dev", "-production")), 64)

    def test_no_event_is_about_a_lease_of_the_samples(self):
        events = (ROOT / "infra/hook/events.json").read_text()

        for lease in ("12345678", "00412837"):
            self.assertNotIn(lease, events)
        importing = json.loads(events)["import-leases"]
        self.assertEqual(importing["rawQueryString"], "dry_run")
