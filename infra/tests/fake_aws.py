"""An `aws` on the PATH that asks no AWS: it reads each command line as the AWS CLI does, holds the call
to the service's own model (botocore's), writes it down, and answers what a test says.

    with FakeAws({"DescribeStacks": {…}}) as aws:
        aws.run("sh", "-c", "aws cloudformation describe-stacks")
        aws.calls  # [("cloudformation", "DescribeStacks", {})]
"""

import contextlib
import functools
import io
import json
import os
import pathlib
import socketserver
import subprocess
import sys
import tempfile
import threading
from unittest import mock

import awscli.clidriver
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.validate import ParamValidator

from .templates import REGION, ROOT

# What runs as `aws`: it hands its command line to the test, and prints what comes back.
STUB = f"""#!{sys.executable} -S
import json, os, socket, sys
arguments = sys.argv[1:]
given = sys.stdin.read() if any("/dev/stdin" in it for it in arguments) else ""
with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["FAKE_AWS"])
    server.sendall(json.dumps([arguments, given]).encode() + b"\\n")
    answer = json.loads(server.makefile().readline())
sys.stdout.write(answer["stdout"])
sys.stderr.write(answer["stderr"])
sys.exit(answer["code"])
"""
# What version 2 of the CLI has and the version that is installed here has not; with a value each.
OF_VERSION_2 = ("--cli-binary-format",)
# What says that there is another page.
PAGES = ("NextToken", "nextToken", "NextContinuationToken", "LastEvaluatedKey", "NextMarker", "Marker")


@functools.cache
def driver():
    """The AWS CLI; one for all, for it takes its time to start."""
    return awscli.clidriver.create_clidriver()


class FakeAws:
    """`answers` has for an operation what it answers: a dictionary, an exception, a list of these in
    turn (the last for ever), or a function of the parameters. Others answer what their model says, and
    nothing where an answer has None."""

    def __init__(self, answers=None):
        self.answers = dict(answers or {})
        self.calls = []
        self.failures = []
        self.streamed = None
        # Each command line, and what it printed.
        self.printed = []

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(self.folder.name)
        (folder / "bin").mkdir()
        self.add_command("aws", STUB)
        self.server = socketserver.UnixStreamServer(str(folder / "socket"), self.handler())
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        self.folder.cleanup()

    def add_command(self, name, script):
        """Another command that is not to be the real one."""
        path = pathlib.Path(self.folder.name, "bin", name)
        path.write_text(script, encoding="utf-8")
        path.chmod(0o755)

    def run(self, *command, **environment):
        """Runs a command at the root of the repository, with this `aws` before all others."""
        return subprocess.run(
            command,
            cwd=ROOT,
            env={
                **os.environ,
                "PATH": f"{self.folder.name}/bin:{os.environ['PATH']}",
                "FAKE_AWS": f"{self.folder.name}/socket",
                **environment,
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def operations(self):
        return [operation for _, operation, _ in self.calls]

    def parameters_of(self, operation):
        return [parameters for _, name, parameters in self.calls if name == operation]

    def handler(self):
        fake = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self):
                arguments, given = json.loads(self.rfile.readline())
                answer = fake.command(arguments, given)
                self.wfile.write(json.dumps(answer).encode() + b"\n")

        return Handler

    def command(self, arguments, given):
        folder = pathlib.Path(self.folder.name)
        (folder / "stdin").write_text(given, encoding="utf-8")
        (folder / "stdout").write_text("", encoding="utf-8")
        read = [it.replace("/dev/stdin", str(folder / "stdin")) for it in arguments]
        read = [it.replace("/dev/stdout", str(folder / "stdout")) for it in read]
        for option in OF_VERSION_2:
            if option in read:
                at = read.index(option)
                del read[at : at + 2]
        stdout, stderr = io.StringIO(), io.StringIO()
        settings = {
            "AWS_ACCESS_KEY_ID": "none",
            "AWS_SECRET_ACCESS_KEY": "none",
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": "/dev/null",
            "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
        }
        api_call = lambda client, operation, parameters: self.call(client, operation, parameters)
        with (
            mock.patch.dict(os.environ, settings),
            mock.patch.object(BaseClient, "_make_api_call", api_call),
            mock.patch("time.sleep"),
            contextlib.redirect_stdout(stdout),
            contextlib.redirect_stderr(stderr),
        ):
            try:
                code = driver().main(read)
            except SystemExit as ended:
                code = ended.code
        if code:
            self.failures.append((arguments, stderr.getvalue()))
        if "/dev/stdout" in arguments and isinstance(self.streamed, bytes):
            (folder / "stdout").write_bytes(self.streamed)
        printed = (folder / "stdout").read_text(encoding="utf-8") + stdout.getvalue()
        self.printed.append((arguments, printed))
        return {"stdout": printed, "stderr": stderr.getvalue(), "code": code or 0}

    def call(self, client, operation, parameters):
        model = client.meta.service_model.operation_model(operation)
        faults = []
        if model.input_shape is not None:
            report = ParamValidator().validate(parameters, model.input_shape)
            faults = [report.generate_report()] if report.has_errors() else []
            faults += unknown_values(model.input_shape, parameters, operation)
        if faults:
            raise ValueError("; ".join(faults))
        self.calls.append((client.meta.service_model.service_name, operation, parameters))
        answer = self.answers.get(operation)
        if isinstance(answer, list):
            answer = answer.pop(0) if len(answer) > 1 else answer[0]
        if callable(answer) and not isinstance(answer, Exception):
            answer = answer(parameters)
        if isinstance(answer, Exception):
            raise answer
        sample = sample_of(model.output_shape)
        if not isinstance(sample, dict):
            sample = {}
        answer = {**sample, **(answer or {}), "ResponseMetadata": {"HTTPStatusCode": 200}}
        # The CLI writes it to a file by itself.
        self.streamed = answer.pop("Payload", None) if operation == "Invoke" else None
        return {name: it for name, it in answer.items() if it is not None}


def refused(operation, code, message):
    """What a service answers to what it does not do."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)


def unknown_values(shape, value, path):
    """Values that their enumeration does not have: the CLI leaves these to the service to refuse."""
    match shape.type_name:
        case "structure":
            return [
                fault
                for name, it in value.items()
                if name in shape.members
                for fault in unknown_values(shape.members[name], it, f"{path}.{name}")
            ]
        case "list":
            return [
                fault for it in value for fault in unknown_values(shape.member, it, f"{path}[]")
            ]
        case "map":
            return [
                fault
                for it in value.values()
                for fault in unknown_values(shape.value, it, f"{path}{{}}")
            ]
        case "string" if shape.enum and value not in shape.enum:
            return [f"{path} is none of {', '.join(shape.enum)}: {value}"]
    return []


def sample_of(shape, depth=0):
    """An answer with everything in it that the model knows, and no further page."""
    if shape is None or depth > 8:
        return None
    match shape.type_name:
        case "structure":
            return {
                name: sample_of(it, depth + 1)
                for name, it in shape.members.items()
                if name not in PAGES and not it.serialization.get("streaming")
            }
        case "list":
            return [sample_of(shape.member, depth + 1)]
        case "map":
            return {"key": sample_of(shape.value, depth + 1)}
        case "string":
            return shape.enum[0] if shape.enum else shape.name
        case "boolean":
            return True
        case "integer" | "long":
            return 1
        case "float" | "double":
            return 1.0
        case "timestamp":
            return "2026-11-23T09:30:00Z"
        case "blob":
            return "e30="
    return None
