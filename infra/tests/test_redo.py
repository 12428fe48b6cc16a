"""infra/redo: what a restore has undone is done again from the audit trail, once, and nothing else is."""

import json
import sys
import unittest

from .fake_aws import FakeAws

SINCE = "2026-11-23T09:30:00Z"
ROLE = "arn:aws:sts::123456789012:assumed-role/operator/x"


def line(operation, account, outcome="done", **more):
    """A line of the trail, as shared/src/audit.rs writes it."""
    said = {"level": "INFO", "message": "audit", "audit.operation": operation, "account.id": account}
    said |= {"audit.outcome": outcome} | {f"audit.{name}": it for name, it in more.items()}
    return {"timestamp": 1795425000000, "message": json.dumps(said), "logStreamName": "x"}


class Accounts:
    """A table of tenants, and the functions that change it."""

    def __init__(self, trail):
        self.trail, self.invoked = trail, []
        self.rows = {}
        for account, lease, status in (
            ("closed", "1", "active"),
            ("answered", "2", "active"),
            ("paper", "3", "active"),
            ("refused", "4", "active"),
            ("over", "5", "active"),
            ("old", "6", "deactivated"),
            ("moved", "7", "active"),
            ("untold", "8", "active"),
        ):
            paperless = {"M": {"granted": {"BOOL": True}}}
            row = {"lease": {"S": lease}, "status": {"S": status}, "paperless": paperless}
            self.rows[f"tenant#{account}"] = row
            self.rows[f"lease#{lease}"] = {"tenant": {"S": account}}
        self.rows["lease#7"] = {"tenant": {"S": "another"}}

    def answers(self):
        names = ("TenantsTable", "FunctionLogs", "CloseAccountFunction", "ExpireAccountsFunction")
        listed = [{"LogicalResourceId": it, "PhysicalResourceId": f"x{it}"} for it in names]
        return {
            "ListStackResources": {"StackResourceSummaries": listed},
            "FilterLogEvents": {"events": self.trail, "searchedLogStreams": []},
            "GetItem": lambda asked: {"Item": self.rows.get(asked["Key"]["pk"]["S"], {})},
            "GetCallerIdentity": {"Arn": ROLE},
            "Invoke": self.invoke,
        }

    def invoke(self, asked):
        event = json.loads(asked["Payload"])
        self.invoked.append((asked["FunctionName"], event))
        answer = {"statusCode": 204}
        if asked["FunctionName"] == "xCloseAccountFunction:live":
            body = json.loads(event["body"])
            account = self.rows[f"lease#{body['lease']}"]["tenant"]["S"]
            row = self.rows[f"tenant#{account}"]
            if body["kind"] == "close-account":
                row["status"] = {"S": "deactivated"}
            else:
                row["paperless"]["M"]["granted"]["BOOL"] = False
        else:
            answer = {"deactivated": 1, "erased": 1, "dry_run": event["dry_run"]}
            if not event["dry_run"]:
                self.rows["tenant#over"]["status"] = {"S": "deactivated"}
                self.rows["tenant#old"] = {"erased_at": {"N": "1"}}
        return {"StatusCode": 200, "Payload": json.dumps(answer).encode(), "FunctionError": None}


TRAIL = [
    line("close-account", "closed", what="close-account"),
    line("close-account", "closed", what="close-account"),
    line("settle-request", "answered", what="close-account"),
    line("close-household", "paper", what="stop-paperless"),
    line("answer-request", "refused", what="refuse"),
    line("settle-request", "refused", what="refuse"),
    line("close-account", "refused", "unavailable", what="close-account"),
    line("close-account", "made since", what="close-account"),
    line("expire-accounts", "over", "deactivated"),
    line("expire-accounts", "old", "erased"),
    line("expire-accounts", "refused", "warned"),
    line("login", "refused"),
]


class Redo(unittest.TestCase):
    def run_with(self, accounts, *arguments):
        with FakeAws(accounts.answers()) as aws:
            ran = aws.run(sys.executable, "infra/redo", "production", SINCE, *arguments)
            self.assertEqual(ran.stderr.count("Traceback"), 0, ran.stderr)
            self.assertEqual(aws.failures, [])
            return aws, ran

    def closed_again(self, accounts):
        called = [event for function, event in accounts.invoked if "Close" in function]
        return [(json.loads(it["body"])["lease"], json.loads(it["body"])["kind"]) for it in called]

    def test_it_says_first_what_it_would_do_and_does_nothing(self):
        accounts = Accounts(TRAIL)
        aws, ran = self.run_with(accounts)

        self.assertEqual(ran.returncode, 0)
        (asked,) = aws.parameters_of("FilterLogEvents")
        self.assertEqual(asked["startTime"], 1795426200000)
        self.assertEqual(self.closed_again(accounts), [])
        self.assertEqual([event["dry_run"] for _, event in accounts.invoked], [True])
        for told in ("would do: close-account closed", "would do: stop-paperless paper"):
            self.assertIn(told, ran.stdout)
        self.assertNotIn("refused", ran.stdout)

    def test_closures_paper_and_the_daily_job_are_done_again_once(self):
        accounts = Accounts(TRAIL)
        _, ran = self.run_with(accounts, "--yes")

        self.assertEqual(ran.returncode, 0, ran.stdout)
        acts = [("1", "close-account"), ("2", "close-account"), ("3", "stop-paperless")]
        self.assertEqual(self.closed_again(accounts), acts)
        for function, event in accounts.invoked[:-1]:
            self.assertEqual(function, "xCloseAccountFunction:live")
            self.assertEqual(event["routeKey"], "POST /api/agency/closures")
            self.assertEqual(event["requestContext"]["authorizer"], {"iam": {"userArn": ROLE}})
        self.assertEqual(accounts.rows["tenant#refused"]["status"]["S"], "active")

        accounts.invoked.clear()
        _, ran = self.run_with(accounts, "--yes")
        self.assertEqual((ran.returncode, accounts.invoked), (0, []))

    def test_what_it_cannot_do_is_left_and_told(self):
        trail = [
            line("close-account", "moved", what="close-account"),
            # From before the trail said which act it was.
            line("close-account", "untold"),
        ]
        accounts = Accounts(trail)
        _, ran = self.run_with(accounts, "--yes")

        self.assertEqual(ran.returncode, 1)
        self.assertEqual(accounts.invoked, [])
        self.assertIn("left to do: close-account, moved", ran.stdout)
        self.assertIn("look at its request, untold", ran.stdout)
