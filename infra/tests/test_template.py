"""What template.yaml and the stacks beside it declare, as CloudFormation will read it."""

import unittest

from .templates import Template


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
