"""infra/drift.yaml: each stack is looked at, by whom may, and what is found is told."""

import fnmatch
import json
import unittest

import botocore.session
from botocore.validate import ParamValidator
from expand import expanded

from .templates import ACCOUNT, REGION, Template, inner_stacks, many
from .test_pipeline import MADE_BY

NAME = "espace-locataire-production"
STACKS = f"arn:aws:cloudformation:{REGION}:{ACCOUNT}:stack/{NAME}"
# The example of AWS's documentation, "Drift Detection Status Change event detail", for the stack of alarms.
EVENT = {
    "detail-type": "CloudFormation Drift Detection Status Change",
    "source": "aws.cloudformation",
    "account": ACCOUNT,
    "time": "2020-02-28T22:20:59Z",
    "detail": {
        "stack-id": f"{STACKS}-Alarms-1ABC/0",
        "stack-drift-detection-id": "6fb2dbb8-5a6a-4a5b-9a3c-a4bba0a2a0f5",
        "status-details": {
            "stack-drift-status": "DRIFTED",
            "detection-status": "DETECTION_COMPLETE",
        },
        "drift-detection-details": {"drifted-stack-resource-count": 1},
    },
}


def drift():
    names = ("Alarms", "Gradual", "Observability", "Staff", "Synthetic")
    inner = {it: f"{STACKS}-{it}-1ABC/0" for it in names}
    return Template(
        *("infra/drift.yaml", f"{NAME}-Drift-1ABC"),
        **{"Environment": "production", "AlarmTopic": "topic", "StackName": NAME},
        **{"Stack": f"{STACKS}/0", **inner},
    )


def takes(pattern, event):
    """Whether a pattern of EventBridge takes an event: of its language, what is used here."""
    for name, wanted in pattern.items():
        if name == "$or":
            if not any(takes(it, event) for it in wanted):
                return False
        elif isinstance(wanted, dict):
            if not takes(wanted, event.get(name, {})):
                return False
        elif not any(is_as(it, event.get(name)) for it in wanted):
            return False
    return True


def is_as(wanted, value):
    if isinstance(wanted, dict):
        return isinstance(value, str) and value.startswith(wanted["prefix"])
    return wanted == value


class DriftDetection(unittest.TestCase):
    def schedules(self):
        return drift().resources("AWS::Scheduler::Schedule").values()

    def test_each_stack_has_its_schedule(self):
        inputs = [json.loads(it["Properties"]["Target"]["Input"]) for it in self.schedules()]
        looked_at = {it["StackName"].removeprefix(STACKS).split("-1ABC")[0] for it in inputs}

        expected = {"/0"} | {
            f"-{path.removeprefix('infra/').removesuffix('.yaml').title()}" for path in inner_stacks()
        }
        self.assertEqual(looked_at, expected)
        names = {it["Properties"]["Name"] for it in self.schedules()}
        self.assertEqual(len(names), len(expected))
        self.assertTrue(all(len(it) <= 64 for it in names))

    def test_a_stack_that_is_optional_is_looked_at_where_there_is_one(self):
        given = dict.fromkeys(("AlarmTopic", "Stack", "Alarms", "Gradual", "Observability"), "x")
        optional = {
            "Staff": {"StaffIssuer": "https://staff.example"},
            "Synthetic": {"SyntheticHousehold": "true"},
        }
        for name, parameters in optional.items():
            for stack, there in (("", False), ("arn:x", True)):
                others = dict.fromkeys(optional, "") | {name: stack}
                template = Template(
                    *("infra/drift.yaml", "x"), Environment="production", StackName=NAME, **others, **given
                )
                self.assertEqual(f"Of{name}" in template.resources(), there)
            for chosen, stack in (({}, ""), (parameters, f"<{name}>")):
                outer = Template("template.yaml", "x", Environment="production", **chosen)
                drift = outer.resources("AWS::Serverless::Application")["Drift"]
                self.assertEqual(drift["Properties"]["Parameters"][name], stack)

    def test_each_schedule_makes_a_call_that_cloudformation_knows(self):
        model = botocore.session.get_session().get_service_model("cloudformation")
        for schedule in self.schedules():
            target = schedule["Properties"]["Target"]
            service, operation = target["Arn"].split(":")[-2:]
            self.assertEqual(service, "cloudformation")
            known = {it[0].lower() + it[1:]: it for it in model.operation_names}
            shape = model.operation_model(known[operation]).input_shape
            report = ParamValidator().validate(json.loads(target["Input"]), shape)
            self.assertFalse(report.has_errors(), report.generate_report())

    def test_the_role_reads_of_each_service_that_the_stacks_are_made_of(self):
        (role,) = drift().resources("AWS::IAM::Role").values()
        (policy,) = role["Properties"]["Policies"]
        statements = policy["PolicyDocument"]["Statement"]
        actions = [action for it in statements for action in many(it["Action"])]
        made = list(expanded("production")["Resources"].values())
        for path in inner_stacks():
            made += expanded("production", path)["Resources"].values()
        for service in {MADE_BY[it["Type"]][0] for it in made}:
            self.assertTrue(any(it.startswith(f"{service}:") for it in actions), service)
        # And nothing of what households have.
        for secret in ("secretsmanager:GetSecretValue", "dynamodb:GetItem", "logs:GetLogEvents"):
            self.assertFalse(any(fnmatch.fnmatchcase(secret, it) for it in actions), secret)
        for action in actions:
            verb = action.split(":")[1]
            self.assertRegex(verb, "^(BatchDescribe|Describe|Detect|Get|GET|List|View)")

    def test_what_was_changed_and_what_could_not_be_read_is_told(self):
        (rule,) = drift().resources("AWS::Events::Rule").values()
        pattern = rule["Properties"]["EventPattern"]

        def told(stack, drifted, status):
            details = {"stack-drift-status": drifted, "detection-status": status}
            detail = {**EVENT["detail"], "stack-id": stack, "status-details": details}
            return takes(pattern, {**EVENT, "detail": detail})

        self.assertTrue(takes(pattern, EVENT))
        for stack in (f"{STACKS}/0", f"{STACKS}-Drift-1ABC/0"):
            self.assertTrue(told(stack, "DRIFTED", "DETECTION_COMPLETE"))
            self.assertTrue(told(stack, "UNKNOWN", "DETECTION_FAILED"))
            self.assertFalse(told(stack, "IN_SYNC", "DETECTION_COMPLETE"))
            self.assertFalse(told(stack, "NOT_CHECKED", "DETECTION_IN_PROGRESS"))
        other = STACKS.replace("production", "staging")
        self.assertFalse(told(f"{other}/0", "DRIFTED", "DETECTION_COMPLETE"))

    def test_it_is_not_in_dev(self):
        for environment, there in (("dev", False), ("staging", True), ("production", True)):
            stack = Template("template.yaml", "x", Environment=environment)
            self.assertEqual("Drift" in stack.resources(), there, environment)


if __name__ == "__main__":
    unittest.main()
