"""infra/costs.py: the guide's tables are what it prints, from prices that have a day and a region."""

import subprocess
import sys
import tomllib
import unittest

from .templates import REGION, ROOT

GUIDE = (ROOT / "infra/README.md").read_text(encoding="utf-8")


def printed(*arguments):
    command = [sys.executable, "infra/costs.py", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


class Costs(unittest.TestCase):
    def test_the_guide_has_what_is_printed(self):
        for arguments in ((), ("year",), ("sign-in",), ("operations",), ("synthetic",)):
            command = " ".join(("python3 infra/costs.py", *arguments))
            self.assertIn(f"<!-- {command} -->\n{printed(*arguments)}", GUIDE, command)
        self.assertIn(f"```text\n{printed('100000')}```", GUIDE)

    def test_prices_are_of_the_region_and_have_a_day(self):
        prices = tomllib.loads((ROOT / "infra/prices.toml").read_text(encoding="utf-8"))

        self.assertEqual(prices["region"], REGION)
        self.assertRegex(prices["as_of"], r"^20\d\d-\d\d")
