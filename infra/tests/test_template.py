"""What template.yaml and the stacks beside it declare, as CloudFormation will read it."""

import json
import re
import unittest

from expand import expanded

from .templates import (
    ACCOUNT,
    REGION,
    ROOT,
    Template,
    allowed,
    inner_stacks,
    inner_stacks_with_functions,
)


def stack(environment="production", **parameters):
    return Template(
        "template.yaml",
        f"espace-locataire-{environment}",
        Environment=environment,
        **parameters,
    )


def pipeline():
    return Template("infra/pipeline.yaml", "pipeline", Environment="dev", Repository="owner/name")


class AFirstCreationThatFails(unittest.TestCase):
    def test_nothing_stays_of_it_but_the_tables(self):
        kept = [
            it["Type"]
            for template in (stack(), pipeline())
            for it in template.resources().values()
            if it.get("DeletionPolicy") == "Retain"
        ]

        self.assertEqual(set(kept), {"AWS::DynamoDB::Table"})

    def test_what_a_deletion_keeps_in_production_it_does_not_keep_in_dev(self):
        policies = lambda environment: {
            name: it["DeletionPolicy"]
            for name, it in stack(environment).resources().items()
            if "DeletionPolicy" in it
        }

        self.assertEqual(set(policies("dev").values()), {"Delete"})
        for name, policy in policies("production").items():
            self.assertIn(policy, ("Retain", "RetainExceptOnCreate"), name)
            self.assertIn(name, policies("dev"))

    def test_its_tables_have_names_that_the_next_one_does_not_take(self):
        for table in stack().resources("AWS::DynamoDB::Table").values():
            self.assertNotIn("TableName", table["Properties"])


class AccessLog(unittest.TestCase):
    # What API Gateway puts in place of each variable: its documented kind of value at its worst, and
    # "-" where a request has none. None of them can hold a quote, a backslash or a line's end.
    VALUES = {
        "requestTime": "23/Nov/2026:09:30:00 +0000",
        "requestId": "JKJaXmPLvHcESHA=",
        "routeKey": "POST /api/registrations/{registration}/resend",
        "status": "503",
        "responseLatency": "30001",
        "integrationLatency": "-",
        "responseLength": "33",
        "error.responseType": "INTEGRATION_FAILURE",
        "integration.status": "-",
        "integration.integrationStatus": "429",
    }

    def line(self, missing=()):
        settings = stack().resources("AWS::Serverless::HttpApi")["HttpApi"]["Properties"]
        text = settings["AccessLogSettings"]["Format"]

        def value(variable):
            # A variable that is not above is free text, or is unknown: its line may be no JSON.
            self.assertIn(variable[1], self.VALUES)
            return "-" if variable[1] in missing else self.VALUES[variable[1]]

        return re.sub(r"\$context\.([A-Za-z.]+)", value, text)

    def test_every_line_is_json_whatever_the_request(self):
        for missing in ((), self.VALUES):
            line = json.loads(self.line(missing))

            self.assertEqual(line["environment"], "production")
            for name, value in line.items():
                self.assertIsInstance(value, str, name)
                self.assertNotIn("$", value, name)

    def test_the_filter_counts_what_was_answered_with_5xx(self):
        (found,) = stack().resources("AWS::Logs::MetricFilter").values()
        pattern = found["Properties"]["FilterPattern"]
        field, beginning = re.fullmatch(r'\{ \$\.(\w+) = "(\w+)\*" \}', pattern).groups()

        self.assertTrue(json.loads(self.line())[field].startswith(beginning))
        (transformation,) = found["Properties"]["MetricTransformations"]
        for dimension in transformation["Dimensions"]:
            self.assertIn(dimension["Value"].removeprefix("$."), json.loads(self.line()))


class FunctionLog(unittest.TestCase):
    def test_lambda_logs_what_fails_alone_unless_more_is_asked_for(self):
        for given, level in (({}, "WARN"), ({"SystemLogs": "INFO"}, "INFO")):
            functions = expanded("production", **given)["Resources"].values()
            levels = {
                it["Properties"]["LoggingConfig"]["SystemLogLevel"]["Ref"]
                for it in functions
                if it["Type"] == "AWS::Lambda::Function"
            }
            self.assertEqual(levels, {"SystemLogs"})
            template = stack(**given)
            logging = template.resolve(template.document["Globals"]["Function"]["LoggingConfig"])
            # Ours are of the level INFO, and are not left out.
            self.assertEqual(
                logging,
                {"LogGroup": "<FunctionLogs>", "LogFormat": "JSON", "SystemLogLevel": level},
            )


class Edge(unittest.TestCase):
    def test_its_secret_is_shown_before_it_is_demanded(self):
        for asked, has, demands in (("false", False, False), ("also", True, False), ("only", True, True)):
            template = stack(BehindEdge=asked, PortalUrl="https://portal.example")
            variables = template.resolve(template.document["Globals"]["Function"]["Environment"])
            variables = variables["Variables"]
            secret = "{{resolve:secretsmanager:<EdgeSecret>}}"
            self.assertEqual(variables["TRUSTED_PROXY_SECRET"], secret if has else "", asked)
            self.assertEqual(variables["TRUSTED_PROXY_ONLY"], "true" if demands else "", asked)
            api = template.resources("AWS::Serverless::HttpApi")["HttpApi"]["Properties"]
            self.assertIs(api["DisableExecuteApiEndpoint"], demands, asked)
            reached = template.resolve(template.document["Outputs"]["Reached"]["Value"])
            self.assertEqual(reached == "https://portal.example", demands, asked)
            hook = template.resources("AWS::Serverless::Application")["Gradual"]["Properties"]
            self.assertEqual(hook["Parameters"]["EdgeSecret"], "<EdgeSecret>" if has else "", asked)

    def test_the_hook_reads_its_secret_where_there_is_one_and_no_other(self):
        for secret in ("", "arn:edge"):
            names = {"Environment": "dev", "StackName": "x", "EdgeSecret": secret}
            gradual = Template("infra/gradual.yaml", "x", **names)
            (policy,) = gradual.resources("AWS::IAM::Role")["HookRole"]["Properties"]["Policies"]
            read = [
                it["Resource"]
                for it in policy["PolicyDocument"]["Statement"]
                if it["Action"] == "secretsmanager:GetSecretValue"
            ]
            self.assertEqual(read, [secret] if secret else [])


class Api(unittest.TestCase):
    def paths(self, **given):
        api = stack(**given).resources("AWS::Serverless::HttpApi")["HttpApi"]
        return api["Properties"]["DefinitionBody"]["paths"]

    def test_each_route_calls_an_alias_by_the_role_of_the_api(self):
        for path, methods in self.paths(StaffIssuer="https://staff.example").items():
            for method, operation in methods.items():
                integration = operation["x-amazon-apigateway-integration"]
                self.assertEqual(integration["credentials"], "<ApiRole.Arn>", (method, path))
                named = "<\\w+FunctionAliaslive>|<Staff.Outputs.\\w+Function>"
                self.assertRegex(integration["uri"], f"/functions/({named})/invocations$")
                self.assertEqual("security" in operation, path.startswith("/api/agency/"), path)

    def test_the_role_calls_aliases_of_this_environment_and_nothing_else(self):
        role = stack().resources("AWS::IAM::Role")["ApiRole"]["Properties"]
        (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
        self.assertEqual(statement["Principal"], {"Service": "apigateway.amazonaws.com"})
        policies = [it["PolicyDocument"] for it in role["Policies"]]
        function = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:espace-locataire"
        for name, may in (
            ("pro-LoginFunction-1:live", True),
            ("production-Staff-1-ShowStaffFunct-1:live", True),
            ("pro-LoginFunction-1:7", False),
            ("sta-LoginFunction-1:live", False),
        ):
            self.assertEqual(allowed(policies, "lambda:InvokeFunction", f"{function}-{name}"), may, name)
        self.assertFalse(allowed(policies, "lambda:UpdateAlias", f"{function}-pro-LoginFunction-1:live"))

    def test_without_an_identity_provider_the_agencys_pages_have_no_operations(self):
        for issuer, there in (("", False), ("https://staff.example", True)):
            self.assertEqual("Staff" in stack(StaffIssuer=issuer).resources(), there)
            routes = [it for it in self.paths(StaffIssuer=issuer) if it.startswith("/api/staff/")]
            self.assertEqual(bool(routes), there)


class KeptAtTheEdge(unittest.TestCase):
    def setUp(self):
        template = Template("infra/edge.yaml", "espace-locataire-edge-production", Environment="production")
        self.resources = template.resources()
        edge = self.resources["Edge"]["Properties"]["DistributionConfig"]
        (self.files,), self.others = edge["CacheBehaviors"], edge["DefaultCacheBehavior"]

    def test_files_of_the_portal_are_kept_for_a_day_by_their_name_alone(self):
        kept = self.resources["ByName"]["Properties"]["CachePolicyConfig"]
        key = kept["ParametersInCacheKeyAndForwardedToOrigin"]
        self.assertEqual(self.files["PathPattern"], "/assets/*")
        self.assertEqual(self.files["CachePolicyId"], "<ByName>")
        self.assertEqual((kept["MinTTL"], kept["DefaultTTL"], kept["MaxTTL"]), (0, 86_400, 86_400))
        self.assertEqual(key["CookiesConfig"], {"CookieBehavior": "none"})
        self.assertEqual(key["QueryStringsConfig"], {"QueryStringBehavior": "none"})
        self.assertEqual(key["HeadersConfig"], {"HeaderBehavior": "none"})

    def test_no_cookie_is_sent_for_what_is_kept_and_all_else_is_kept_by_nobody(self):
        sent = self.resources["HostAlone"]["Properties"]["OriginRequestPolicyConfig"]
        self.assertEqual(self.files["OriginRequestPolicyId"], "<HostAlone>")
        self.assertEqual(sent["CookiesConfig"], {"CookieBehavior": "none"})
        # AWS's own policy "CachingDisabled".
        self.assertEqual(self.others["CachePolicyId"], "4135ea2d-6df8-44a3-9df3-4b5a84be39ad")


class Staff(unittest.TestCase):
    ISSUER = "https://staff.example"

    def given(self, **parameters):
        staff = stack(StaffIssuer=self.ISSUER, **parameters)
        return staff.resources("AWS::Serverless::Application")["Staff"]["Properties"]["Parameters"]

    def inside(self, **parameters):
        return Template("infra/staff.yaml", "espace-locataire-production-Staff-1", **self.given(**parameters))

    def test_it_is_given_what_it_asks_for(self):
        self.assertEqual(set(self.given()), set(self.inside().document["Parameters"]))

    def test_its_functions_are_like_those_of_the_stack_around_it(self):
        for edge in ("false", "also", "only"):
            outer = stack(StaffIssuer=self.ISSUER, BehindEdge=edge, LimitMailsPerSource="7")
            inner = self.inside(BehindEdge=edge, LimitMailsPerSource="7")
            one, other = (
                it.resolve(it.document["Globals"]["Function"]) for it in (outer, inner)
            )
            own = {
                name: other["Environment"]["Variables"].pop(name)
                for name in list(other["Environment"]["Variables"])
                if name.startswith("STAFF_") or name == "PORTAL_URL"
            }
            self.assertEqual(len(own), 8)
            self.assertEqual(own["STAFF_ISSUER"], self.ISSUER)
            self.assertEqual((one.pop("CodeUri"), other.pop("CodeUri")), (".", ".."))
            self.assertEqual(one, other)

    def test_functions_may_read_the_providers_secret_where_there_is_a_provider(self):
        for issuer in ("", self.ISSUER):
            boundary = stack(StaffIssuer=issuer).resources("AWS::IAM::ManagedPolicy")
            document = boundary["FunctionBoundary"]["Properties"]["PolicyDocument"]
            may = allowed([document], "secretsmanager:GetSecretValue", "<StaffSecret>")
            self.assertEqual(may, bool(issuer))

    def test_whoever_sets_a_provider_sets_the_portals_address_too(self):
        (rule,) = stack().document["Rules"].values()
        for issuer, portal, fine in (
            ("", "", True),
            ("", "https://portal.example", True),
            (self.ISSUER, "", False),
            (self.ISSUER, "https://portal.example", True),
        ):
            template = stack(StaffIssuer=issuer, PortalUrl=portal)
            (assertion,) = rule["Assertions"]
            asked = template.holds(rule["RuleCondition"])
            self.assertEqual(not asked or template.holds(assertion["Assert"]), fine, (issuer, portal))


class SyntheticHousehold(unittest.TestCase):
    """Where a parameter says so, a household is watched, and each of its steps has an alarm."""

    ON = {"SyntheticHousehold": "true"}

    def given(self):
        outer = stack(**self.ON).resources("AWS::Serverless::Application")["Synthetic"]
        return outer["Properties"]["Parameters"]

    def inner(self):
        return Template("infra/synthetic.yaml", "espace-locataire-production-Synthetic-1", **self.given())

    def test_it_is_made_where_a_parameter_says_so(self):
        names = {"Synthetic", "SyntheticSchedule", "SyntheticScheduleRole"}
        self.assertEqual(names & set(stack().resources()), set())
        self.assertEqual(names - set(stack(**self.ON).resources()), set())

    def test_it_is_given_every_parameter_and_watches_the_address_of_tenants(self):
        self.assertEqual(set(self.given()), set(self.inner().document["Parameters"]))
        for portal, address in (("", "<HttpApi.ApiEndpoint>"), ("https://p.example", "https://p.example")):
            outer = stack(**self.ON, PortalUrl=portal).resources("AWS::Serverless::Application")
            self.assertEqual(outer["Synthetic"]["Properties"]["Parameters"]["PortalUrl"], address)

    def test_each_step_of_the_function_has_an_alarm_that_names_it(self):
        code = (ROOT / "functions/watch-household/src/lib.rs").read_text(encoding="utf-8")
        steps = set(re.findall(r'Self::\w+ => "([a-z-]+)"', code))
        alarms = self.inner().resources("AWS::CloudWatch::Alarm").values()
        watched = {}
        for alarm in (it["Properties"] for it in alarms):
            dimensions = {it["Name"]: it["Value"] for it in alarm["Dimensions"]}
            if "Step" in dimensions:
                watched[dimensions["Step"]] = alarm
        self.assertEqual(set(watched), steps)
        for step, alarm in watched.items():
            self.assertIn(f"step {step};", alarm["AlarmDescription"])
            # A step after one that fails has no data; one failure alone wakes nobody.
            self.assertEqual(alarm["TreatMissingData"], "notBreaching")
            self.assertEqual((alarm["EvaluationPeriods"], alarm["DatapointsToAlarm"]), (3, 2))

    def test_a_run_ends_before_the_next_begins_and_before_its_lease_counts_as_left(self):
        (function,) = self.inner().resources("AWS::Serverless::Function").values()
        code = (ROOT / "functions/watch-household/src/household.rs").read_text(encoding="utf-8")
        (under_way,) = re.findall(r"UNDER_WAY: SignedDuration = SignedDuration::from_mins\((\d+)\)", code)
        schedule = stack(**self.ON).resources()["SyntheticSchedule"]["Properties"]
        self.assertEqual(schedule["ScheduleExpression"], "rate(5 minutes)")
        self.assertLess(function["Properties"]["Timeout"], 60 * int(under_way))
        self.assertLess(60 * int(under_way), 300)
        self.assertIsInstance(function["Properties"]["EventInvokeConfig"], dict)
        self.assertEqual(function["Properties"]["EventInvokeConfig"]["MaximumRetryAttempts"], 0)


class Sizes(unittest.TestCase):
    """How many resources each stack has, once SAM has expanded it. CloudFormation takes 500."""

    MOST = 300
    # More functions than there are, in both stacks that have functions, and in the stack itself.
    FUNCTIONS_TO_COME, IN_THE_STACK = 40, 15

    def test_there_is_room_for_forty_functions_more(self):
        for environment in ("dev", "production"):
            room = {}
            for path in ("template.yaml", *inner_stacks_with_functions()):
                made = expanded(environment, path, GradualDeployment="true")["Resources"]
                gradual = [it for it in made if it.endswith("FunctionDeploymentGroup")]
                # The synthetic household is no place for functions behind the API.
                if not gradual:
                    continue
                sizes = {len(of_one_function(made, it.removesuffix("DeploymentGroup"))) for it in gradual}
                (of_one,) = sizes
                room[path] = (self.MOST - len(made)) // of_one

            self.assertGreaterEqual(room["template.yaml"], self.IN_THE_STACK, environment)
            self.assertGreaterEqual(sum(room.values()), self.FUNCTIONS_TO_COME, room)

    def test_every_stack_inside_it_is_small(self):
        for path in inner_stacks():
            self.assertLessEqual(len(expanded("production", path)["Resources"]), self.MOST, path)


def of_one_function(resources, name):
    """What SAM makes of one function: itself, its role, version, alias, deployment group; its events."""
    return [it for it in resources if it.startswith(name)]


class Concurrency(unittest.TestCase):
    # What a new account may have, and the shards that the stream of a new table has.
    EXECUTIONS, SHARDS = 10, 4

    def test_mails_leave_room_in_the_quota_of_a_new_account(self):
        deliver = stack().resources("AWS::Serverless::Function")["DeliverMailFunction"]
        stream = deliver["Properties"]["Events"]["Stream"]["Properties"]

        woken = self.SHARDS * int(stream["ParallelizationFactor"]) + 1

        self.assertLessEqual(2 * woken, self.EXECUTIONS)

    def test_a_batch_takes_no_longer_than_its_slowest_mail(self):
        for at_once in (4, 50):
            functions = stack(MailsAtOnce=at_once).resources("AWS::Serverless::Function")
            deliver = functions["DeliverMailFunction"]["Properties"]

            self.assertEqual(deliver["Environment"]["Variables"]["MAILS_AT_ONCE"], at_once)
            self.assertEqual(deliver["Events"]["Stream"]["Properties"]["BatchSize"], at_once)

    def test_nothing_is_reserved_unless_it_is_asked_for(self):
        for name, function in stack().resources("AWS::Serverless::Function").items():
            self.assertNotIn("ReservedConcurrentExecutions", function["Properties"], name)
