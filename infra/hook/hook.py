"""Asks a new version of a function, before it has traffic, what its sample event asks.

CodeDeploy invokes this once for each function that is deployed gradually. The new version answers the
event of `events.json`, which is that of `events/` about a lease and an address that nobody has
(`cargo xtask generate` writes it), so nothing of a household is read or changed. Where it fails, or
answers otherwise than `answers.json` says, the deployment is taken back.

Not a function of `functions/`: it is no operation of the tenants', needs CodeDeploy and Lambda, and
every list, test and policy of operations would have an exception for it. Python, for that brings both
clients with it and nothing is built.
"""

import json
import os
import pathlib
import re

import boto3

FOLDER = pathlib.Path(__file__).parent
# The tag that CloudFormation gives each function: its name in template.yaml. The function's own name is cut.
LOGICAL_NAME = "aws:cloudformation:logical-id"


def handler(event, context):
    """Tells CodeDeploy whether the new version may have traffic."""
    codedeploy = boto3.client("codedeploy")
    deployment = event["DeploymentId"]
    try:
        told = codedeploy.get_deployment(deploymentId=deployment)["deploymentInfo"]["revision"]
        function, version = target(told)
        arn = context.invoked_function_arn.rpartition(":function:")[0] + f":function:{function}"
        operation = operation_of(boto3.client("lambda").list_tags(Resource=arn)["Tags"])
        fault = try_out(operation, f"{arn}:{version}")
    except Exception as error:  # noqa: BLE001 # CodeDeploy has to be told of any, or waits for an hour.
        operation, fault = None, f"{type(error).__name__}: {error}"
    line = {"deployment": deployment, "operation": operation, "fault": fault}
    print(json.dumps(line))
    codedeploy.put_lifecycle_event_hook_execution_status(
        deploymentId=deployment,
        lifecycleEventHookExecutionId=event["LifecycleEventHookExecutionId"],
        status="Failed" if fault else "Succeeded",
    )


def target(revision):
    """The function and its new version, in the AppSpec of a deployment: JSON or YAML."""
    spec = (revision.get("appSpecContent") or revision.get("string"))["content"]
    value = lambda name: re.search(rf'"?{name}"?\s*:\s*[\'"]?([\w-]+)', spec)[1]
    return value("Name"), value("TargetVersion")


def operation_of(tags):
    """LoginFunction is login, RefreshSessionFunction refresh-session."""
    name = tags[LOGICAL_NAME].removesuffix("Function")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def try_out(operation, version):
    """What is wrong with a version, if anything is."""
    asked = json.loads((FOLDER / "events.json").read_text())[operation]
    if os.environ.get("EDGE_SECRET"):
        asked["headers"]["x-proxy-secret"] = shown_by_cloudfront()
    expected = json.loads((FOLDER / "answers.json").read_text()).get(operation)
    answer = boto3.client("lambda").invoke(
        FunctionName=version, Payload=json.dumps(asked).encode()
    )
    if "FunctionError" in answer:
        return f"it failed: {answer['FunctionError']}"
    return differs(json.load(answer["Payload"]), expected)


def shown_by_cloudfront():
    """The secret without which functions answer nobody, where CloudFront is before them."""
    secrets = boto3.client("secretsmanager")
    told = secrets.get_secret_value(SecretId=os.environ["EDGE_SECRET"])["SecretString"]
    # During a rotation, the new one is the first.
    return told.split(",")[0].strip()


def differs(answer, expected):
    """In what an answer is not the expected one. A limit that is used up (429) says nothing of it; of an
    operation that answers.json does not know, an answer that is not a failure of its own is enough."""
    status = answer.get("statusCode", answer.get("isAuthorized"))
    succeeds = isinstance(status, int) and 200 <= status < 500
    if status == 429 or (succeeds if expected is None else status == expected):
        return None
    return f"it answered {status}, not {expected}"
