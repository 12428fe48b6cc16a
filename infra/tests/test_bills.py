"""infra/build with AUDITABLE=1 and infra/bills, with cargo and SAM stood in for: who is called, and what fails.

cargo-auditable and cargo-cyclonedx themselves do not run here."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from .templates import ROOT

FILES = ("infra/bills", "infra/build", "infra/parameters.py", "samconfig.toml", "template.yaml")
FUNCTIONS = ("login", "register")
# It writes down its arguments, and what cargo-cyclonedx would write.
CARGO = """#!/bin/sh
echo "cargo $*" >>calls
[ "$1" != cyclonedx ] || for name in $BILLED; do echo '{}' >"functions/$name/${name}_bin.cdx.json"; done
"""
# As SAM, it has each function built by whatever is called cargo.
SAM = """#!/bin/sh
echo "sam $*" >>calls
cargo lambda build --bin login
"""
READELF = """#!/bin/sh
for last; do :; done
cat "$last"
"""


class Tree:
    """A copy of what the scripts read, with two functions."""

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = pathlib.Path(self.folder.name)
        for file in FILES:
            (self.root / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, self.root / file)
        self.write("infra/tools/install", "#!/bin/sh\necho /nowhere\n")
        for name, text in (("cargo", CARGO), ("sam", SAM), ("readelf", READELF), ("rustup", "#!/bin/sh\n")):
            self.write(f"bin/{name}", text)
        self.write("bin/python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
        for name in FUNCTIONS:
            self.write(f"functions/{name}/Cargo.toml", "")
            # A function of a nested stack is built below that stack's name.
            folder = "Staff/" if name == "register" else ""
            self.write(f".aws-sam/build/{folder}{name}/bootstrap", "  [12] .dep-v0  PROGBITS\n")
        subprocess.run(["git", "init", "--quiet"], cwd=self.root, check=True)
        subprocess.run(["git", "add", "."], cwd=self.root, check=True)
        return self

    def __exit__(self, *_):
        self.folder.cleanup()

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text)
        (self.root / path).chmod(0o755)

    def run(self, script, billed=FUNCTIONS, **environment):
        path = f"{self.root}/bin:{os.environ['PATH']}"
        environment = {**os.environ, **environment, "PATH": path, "BILLED": " ".join(billed)}
        command = [f"infra/{script}", "production"]
        return subprocess.run(
            command, check=False, cwd=self.root, env=environment, capture_output=True, text=True
        )

    @property
    def calls(self):
        return (self.root / "calls").read_text().splitlines()


class TheBuild(unittest.TestCase):
    def test_sam_and_we_build_by_cargo_auditable_if_asked(self):
        with Tree() as tree:
            ran = tree.run("build", AUDITABLE="1")
            builds = [call for call in tree.calls if "lambda build" in call]

        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(len(builds), 2, builds)
        for call in builds:
            self.assertTrue(call.startswith("cargo auditable lambda build"), call)
        self.assertIn("cargo auditable lambda build --release --locked --arm64", builds)

    def test_without_it_cargo_alone_is_called(self):
        with Tree() as tree:
            ran = tree.run("build", AUDITABLE="")
            calls = tree.calls

        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertFalse([call for call in calls if "auditable" in call])


class TheBills(unittest.TestCase):
    def test_every_function_has_its_bill(self):
        with Tree() as tree:
            ran = tree.run("bills")
            kept = sorted(path.name for path in (tree.root / ".aws-sam/bills").iterdir())
            left = list(tree.root.glob("functions/*/*.json"))
            calls = tree.calls

        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertEqual(kept, ["login.cdx.json", "register.cdx.json"])
        self.assertEqual(left, [])
        self.assertTrue(any("--target aarch64-unknown-linux-gnu" in call for call in calls), calls)

    def test_a_function_without_a_bill_fails(self):
        with Tree() as tree:
            ran = tree.run("bills", billed=["login"])

        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("register", ran.stderr)

    def test_a_binary_without_its_list_fails(self):
        with Tree() as tree:
            tree.write(".aws-sam/build/login/bootstrap", "  [12] .text  PROGBITS\n")
            ran = tree.run("bills")

        self.assertEqual(ran.returncode, 1)
        self.assertIn(".aws-sam/build/login/bootstrap has no list of its crates", ran.stderr)

    def test_a_built_function_that_is_no_crate_fails(self):
        with Tree() as tree:
            tree.write(".aws-sam/build/other/bootstrap", "  [12] .dep-v0  PROGBITS\n")
            ran = tree.run("bills")

        self.assertEqual(ran.returncode, 1)
        self.assertIn("3 functions are built, and 2 have a bill", ran.stderr)
