"""infra/clean-up deletes what a failed first deployment left, and nothing else."""

import unittest

from .fake_aws import FakeAws, refused

TABLE = "espace-locataire-production-TenantsTable-1ABC"


def answers(status, rows=0, exists=True):
    table = {"Table": {"TableStatus": "ACTIVE", "TableName": TABLE}}
    missing = refused("DescribeTable", "ResourceNotFoundException", "no such table")
    gone = refused("DescribeStacks", "ValidationError", "Stack with id … does not exist")
    of_table = {"ResourceType": "AWS::DynamoDB::Table", "PhysicalResourceId": TABLE}
    of_topic = {"ResourceType": "AWS::SNS::Topic", "PhysicalResourceId": "arn:aws:sns:a:b:c"}
    return {
        "DescribeStacks": [{"Stacks": [{"StackStatus": status}]}, gone],
        # Each is told of more than once, and at first without its name.
        "DescribeStackEvents": {
            "StackEvents": [of_topic, of_table, of_table, {**of_table, "PhysicalResourceId": ""}]
        },
        "DescribeTable": table if exists else missing,
        "Scan": {"Items": [{"pk": {"S": "lease#1"}}] * rows, "Count": rows},
    }


class CleanUp(unittest.TestCase):
    def run_with(self, *given, **more):
        with FakeAws(answers(*given, **more)) as aws:
            return aws, aws.run("infra/clean-up", "production")

    def test_the_stack_and_its_empty_tables_are_deleted(self):
        for status in ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED"):
            aws, ran = self.run_with(status)

            self.assertEqual(ran.returncode, 0, ran.stderr)
            deleting = [it for it in aws.operations() if it.startswith(("Delete", "Update"))]
            self.assertEqual(deleting, ["DeleteStack", "UpdateTable", "DeleteTable"])
            (protection,) = aws.parameters_of("UpdateTable")
            self.assertEqual(
                protection, {"TableName": TABLE, "DeletionProtectionEnabled": False}
            )

    def test_tables_that_the_roll_back_has_deleted_are_not_missed(self):
        aws, ran = self.run_with("ROLLBACK_COMPLETE", exists=False)

        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertNotIn("DeleteTable", aws.operations())

    def test_a_stack_that_was_created_is_not_touched(self):
        for status in ("CREATE_COMPLETE", "UPDATE_ROLLBACK_FAILED", "CREATE_IN_PROGRESS"):
            aws, ran = self.run_with(status)

            self.assertEqual(ran.returncode, 1)
            self.assertEqual(aws.operations(), ["DescribeStacks"])

    def test_a_table_with_a_row_in_it_is_not_touched_nor_is_its_stack(self):
        aws, ran = self.run_with("ROLLBACK_COMPLETE", rows=1)

        self.assertEqual(ran.returncode, 1)
        self.assertFalse([it for it in aws.operations() if it.startswith(("Delete", "Update"))])
