"""Rehearses the accidents of infra/ACCIDENTS.md on the emulator, each by the operator's guide's own lines.

    drill.py BUILD_FOLDER WORK_FOLDER      needs the emulator, and SAM's `aws` and `sam` on the PATH

It deploys as staging, whose tables are protected. What the emulator cannot rehearse stands in README.md
beside this file. Each step says how long it took; the first that is not as the guide says ends the drill.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

import boto3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
GUIDE = (ROOT / "infra/README.md").read_text(encoding="utf-8")
ENVIRONMENT = "staging"
STACK = f"espace-locataire-{ENVIRONMENT}"
LEASE = {"lease": "12345678", "last_name": "Martin"}
OTHER_LEASE = {"lease": "23456789", "last_name": "Durand"}
OTHER_ADDRESS = "nadia.durand@exemple.example"
ADDRESS, PASSWORD = "camille.martin@exemple.example", "quatre chevaux bleus 4"
# What fails on AWS too, and late: it waits a second for a signal that nobody gives.
BROKEN = {
    "BrokenHandle": {"Type": "AWS::CloudFormation::WaitConditionHandle"},
    "Broken": {
        "Type": "AWS::CloudFormation::WaitCondition",
        "DependsOn": ["TenantsTable", "TokensTable", "LoginFunctionAliaslive"],
        "Properties": {"Handle": {"Ref": "BrokenHandle"}, "Timeout": "1", "Count": 1},
    },
}


def say(text):
    print(text, flush=True)


def expect(is_so, what):
    if not is_so:
        sys.exit(f"the drill failed: {what}")
    say(f"  {what}")


class Tree:
    """A copy of what infra/deploy and the guide's lines read, with what was built: nothing that the
    drill changes is ever deployed to AWS."""

    def __init__(self, build, work):
        self.root = pathlib.Path(work, "tree")
        ignored = shutil.ignore_patterns("local", "landlord", "__pycache__")
        shutil.copytree(ROOT / "infra", self.root / "infra", ignore=ignored)
        for file in ("template.yaml", "samconfig.toml"):
            shutil.copy(ROOT / file, self.root / file)
        build = pathlib.Path(build).absolute()
        shutil.copytree(build, self.root / ".aws-sam/build", copy_function=link_or_copy)
        self.template = self.root / ".aws-sam/build/template.yaml"
        self.whole = self.template.read_text(encoding="utf-8")
        # Version 2 of the CLI has an option that the installed one has not, and needs no more.
        commands = self.root / "bin"
        commands.mkdir()
        aws = shutil.which("aws")
        script = (
            "#!/bin/bash\nargs=()\nwhile [ $# -gt 0 ]; do\n"
            '  [ "$1" != --cli-binary-format ] || { shift 2; continue; }\n'
            '  args+=("$1"); shift\ndone\n'
            f'exec {aws} "${{args[@]}}"\n'
        )
        for name, text in (("aws", script), ("sleep", "#!/bin/sh\n"), ("pip", "#!/bin/sh\n")):
            (commands / name).write_text(text)
            (commands / name).chmod(0o755)
        python = f'#!/bin/sh\nexec {sys.executable} "$@"\n'
        (commands / "python3").write_text(python)
        (commands / "python3").chmod(0o755)

    def run(self, script, *, fails=False, **environment):
        """Runs lines of bash in it, as the guide's reader would."""
        path = f"{self.root}/bin:{os.environ['PATH']}"
        ran = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", f"{prelude()}\n{script}"],
            cwd=self.root,
            env={**os.environ, "PATH": path, **environment},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=900,
            check=False,
        )
        if (ran.returncode != 0) != fails:
            sys.exit(f"{script}\n{ran.stdout[-3000:]}\n{ran.stderr[-3000:]}\nended with {ran.returncode}")
        return ran.stdout

    def deploy(self, *, fails=False, broken=False, **environment):
        """`make deploy` without its build: infra/deploy, with SAM's own Python."""
        template = self.whole
        if broken:
            template = template.replace("\nResources:\n", f"\nResources:\n{indented(BROKEN)}", 1)
        self.template.write_text(template, encoding="utf-8")
        (self.root / "bin/python3").rename(self.root / "bin/python3.drill")
        try:
            script = f"infra/deploy {ENVIRONMENT} --no-confirm-changeset --no-progressbar"
            return self.run(script, fails=fails, AT_ONCE="1", **environment)
        finally:
            (self.root / "bin/python3.drill").rename(self.root / "bin/python3")


def link_or_copy(source, target):
    if source.endswith(".yaml"):
        return shutil.copy2(source, target)
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)
    return target


def indented(resources):
    return "".join(f"  {name}: {json.dumps(it)}\n" for name, it in resources.items())


def prelude():
    """The first block of the guide, for this environment."""
    block = guide("export AWS_REGION")
    return block.replace("ENV=production", f"ENV={ENVIRONMENT}").replace(
        "STACK=espace-locataire-production", f"STACK={STACK}"
    )


def guide(holding):
    """The block of commands of the guide that holds a text."""
    blocks = re.findall(r"(?ms)^ *```sh\n(.*?)^ *```$", GUIDE)
    (block,) = [it for it in blocks if holding in it]
    return re.sub(r"(?m)^  (?=\w)", "", block) if block.startswith("  ") else block


class Stack:
    """What was deployed, asked as its callers ask."""

    def __init__(self):
        self.cloudformation = boto3.client("cloudformation")
        self.endpoint = os.environ["AWS_ENDPOINT_URL"]

    def status(self):
        return self.cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]["StackStatus"]

    def name(self, logical):
        return self.cloudformation.describe_stack_resource(
            StackName=STACK, LogicalResourceId=logical
        )["StackResourceDetail"]["PhysicalResourceId"]

    def call(self, method, path, body=None, content_type="application/json", signed=False, **headers):
        """Status, JSON and cookies of an answer."""
        url = f"{self.endpoint}/_aws/execute-api/{self.name('HttpApi')}/$default{path}"
        data = body if isinstance(body, bytes) else body and json.dumps(body).encode()
        headers = {"content-type": content_type, "sec-fetch-site": "same-origin"} | headers
        if signed:
            request = AWSRequest(method, url, headers, data)
            credentials = boto3.Session().get_credentials()
            SigV4Auth(credentials, "execute-api", os.environ["AWS_REGION"]).add_auth(request)
            headers = dict(request.headers)
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        text = answer.read()
        cookies = [it.split(";")[0] for it in answer.headers.get_all("set-cookie") or []]
        return answer.status, json.loads(text) if text else None, "; ".join(cookies)

    def agency(self, method, path, body, content_type="application/json"):
        return self.call(method, path, body, content_type, signed=True)

    def mails(self, address=ADDRESS):
        with urllib.request.urlopen(f"{self.endpoint}/_ministack/ses/messages") as answer:
            accounts = json.load(answer)["messages"].values()
        return [json.dumps(mail) for mails in accounts for mail in mails if address in json.dumps(mail)]

    def wait_for_mail(self, count, address=ADDRESS):
        for _ in range(120):
            if len(self.mails(address)) >= count:
                return self.mails(address)
            time.sleep(1)
        sys.exit(f"the drill failed: {count} mails were sent: {len(self.mails(address))}")

    def sign_in(self):
        return self.call("POST", "/api/sessions", {"email": ADDRESS, "password": PASSWORD})

    def items(self, table, key):
        rows = boto3.resource("dynamodb").Table(self.name(table)).scan()["Items"]
        return [it for it in rows if it["pk"].startswith(key)]


def a_first_creation_fails(tree, stack):
    tree.deploy(fails=True, broken=True)
    expect(stack.status() == "ROLLBACK_COMPLETE", "the stack is left as ROLLBACK_COMPLETE")
    tree.run('infra/clean-up "$ENV"')
    try:
        stack.status()
        expect(False, "infra/clean-up has deleted the stack")
    except stack.cloudformation.exceptions.ClientError:
        expect(True, "infra/clean-up has deleted the stack")
    left = [it for it in boto3.client("dynamodb").list_tables()["TableNames"] if STACK in it]
    expect(not left, "and its tables")


def the_next_one_succeeds(tree, stack):
    tree.deploy()
    expect(stack.status() == "CREATE_COMPLETE", "the same build is deployed after it")
    completed = [sys.executable, str(HERE / "complete.py"), STACK, str(tree.root / "deployed.json")]
    say("  " + subprocess.run(completed, stdout=subprocess.PIPE, text=True, check=True).stdout.strip())


def a_household_comes(tree, stack):
    leases = (ROOT / "events/leases.csv").read_bytes()
    status, answer, _ = stack.agency("POST", "/api/agency/leases", leases, "text/csv")
    expect(status == 200, f"leases are in: {status}, {answer.get('created')} of them")
    register(stack)
    expect(stack.sign_in()[0] == 200, "a household has registered and signs in")


def register(stack, lease=None, address=ADDRESS):
    sent = len(stack.mails(address))
    form = {"email": address, "password": PASSWORD, "terms": "2026-01", "language": "fr"}
    form |= lease or LEASE
    status, _, cookies = stack.call("POST", "/api/registrations", form)
    expect(status == 202, "a household registers")
    mail = stack.wait_for_mail(sent + 1, address)[-1]
    token = re.search(r"#([\w-]{40,})", mail)[1]
    status = stack.call("POST", "/api/activations", {"token": token}, cookie=cookies)[0]
    expect(status == 200, "and follows its mail")


def an_update_is_rolled_back(tree, stack):
    tree.deploy(fails=True, broken=True)
    expect(stack.status() == "UPDATE_ROLLBACK_COMPLETE", "the update is rolled back")
    expect(stack.sign_in()[0] == 200, "the household still signs in")


def digest(stack):
    lambdas = boto3.client("lambda")
    function = lambdas.get_function_configuration(FunctionName=stack.name("LoginFunction"))
    return function["Environment"]["Variables"]["PARAMETERS_DIGEST"]


def the_same_build_is_deployed_again(tree, stack):
    tree.deploy()
    expect(stack.status() == "UPDATE_COMPLETE", "the same build is deployed after it")
    expect("-20" in digest(stack), f"as another version: {digest(stack)}")
    expect(stack.sign_in()[0] == 200, "the household still signs in")


def a_hand_moves_an_alias(tree, stack):
    lambdas = boto3.client("lambda")
    live = lambda: lambdas.get_alias(FunctionName=stack.name("LoginFunction"), Name="live")[
        "FunctionVersion"
    ]
    believed = live()
    lines = guide("aws lambda list-versions-by-function").replace("login 41", "login 1")
    tree.run(lines)
    expect(live() == "1" != believed, "infra/alias moves login to its first version")
    told = tree.run('infra/alias "$ENV"')
    expect("live is 1, the stack believes" in told, "and tells of it")
    tree.run('infra/alias "$ENV" put-back')
    expect(live() == believed, "and puts it back")


def a_table_is_restored(tree, stack):
    closure = {"lease": "12345678", "reason": "Demande écrite du locataire."}
    tree.run(guide('infra/writing "$ENV" stop'))
    lambdas = boto3.client("lambda")
    states = lambda: {
        it["State"] for it in lambdas.list_event_source_mappings()["EventSourceMappings"]
    }
    expect(states() <= {"Disabled", "Disabling"}, "stream and queue are stopped")
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    restore = guide("restore-table-to-point-in-time")
    tree.run(re.sub(r"2026-\d\d-\d\dT[\d:]+Z", now, restore))
    # The damage: what the emulator restores is what is there when it is asked, so it comes after.
    boto3.resource("dynamodb").Table(stack.name("TenantsTable")).delete_item(
        Key={"pk": "lease#12345678"}
    )
    closed = stack.agency("POST", "/api/agency/closures", closure)[0]
    expect(closed == 404, "a lease is gone, and cannot be found")
    tree.run(guide("copy_rows.py \"$STACK-restored\" \"$(output TenantsTable)\" --mirror"))
    expect(stack.items("TenantsTable", "lease#12345678"), "it is back")
    tree.run(guide('infra/writing "$ENV" go-on'))
    expect(states() <= {"Enabled", "Enabling"}, "stream and queue go on")
    tree.run('aws dynamodb delete-table --table-name "$STACK-restored"')
    expect(stack.sign_in()[0] == 200, "the household signs in")


def a_closure_and_an_erasure_are_done_again(tree, stack):
    """What was done after the moment of a restore is undone by it: the guide has it done again."""
    close = lambda lease: stack.agency(
        *("POST", "/api/agency/closures", {"lease": lease, "reason": "Demande écrite du locataire."})
    )
    register(stack, OTHER_LEASE, OTHER_ADDRESS)
    expect(close(OTHER_LEASE["lease"])[0] < 300, "another account was closed")
    tenants = boto3.resource("dynamodb").Table(stack.name("TenantsTable"))
    (other,) = [it for it in stack.items("TenantsTable", "tenant#") if it["status"] == "deactivated"]
    # A year ago: its erasure is due.
    tenants.update_item(
        Key={"pk": other["pk"]},
        UpdateExpression="SET due_on = :due",
        ExpressionAttributeValues={":due": time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400))},
    )
    dynamodb = boto3.client("dynamodb")
    dynamodb.restore_table_to_point_in_time(
        SourceTableName=tenants.name, TargetTableName=f"{STACK}-restored", UseLatestRestorableTime=True
    )
    time.sleep(1)
    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    erased = lambda: "erased_at" in tenants.get_item(Key={"pk": other["pk"]})["Item"]
    expect(close("12345678")[0] < 300, "an account is closed")
    expect(stack.sign_in()[0] == 401, "nobody signs in to it")
    run = {"FunctionName": f"{stack.name('ExpireAccountsFunction')}:live"}
    boto3.client("lambda").invoke(**run, Payload=json.dumps({"time": now}).encode())
    expect(erased(), "and the other is erased")
    tree.run(guide("copy_rows.py \"$STACK-restored\" \"$(output TenantsTable)\" --mirror"))
    expect(stack.sign_in()[0] == 200 and not erased(), "a restore has undone both")
    lines = re.sub(r"2026-\d\d-\d\dT[\d:]+Z", now, guide("infra/redo"))
    told = tree.run(lines.splitlines()[0])
    expect("2 acts since" in told and "2 of them undone" in told, "infra/redo finds both in the trail")
    expect(stack.sign_in()[0] == 200 and not erased(), "and does nothing before it is told to")
    tree.run(lines)
    expect(stack.sign_in()[0] == 401 and erased(), "then it does both again")
    expect("0 of them undone" in tree.run(lines), "once")
    tree.run('aws dynamodb delete-table --table-name "$STACK-restored"')
    register(stack)


def the_secret_has_leaked(tree, stack):
    keys = lambda: {it["kid"] for it in stack.call("GET", "/.well-known/jwks.json")[1]["keys"]}
    before = keys()
    _, _, session = stack.sign_in()
    tree.run(f"{guide('rotate() {')}\n{guide('sleep 300')}")
    # A process reads the secret again within five minutes; a new one at once.
    tree.deploy(AGAIN="1")
    expect(not keys() & before, "no key of before is published any more")
    status = stack.call("POST", "/api/sessions/refresh", cookie=session)[0]
    expect(status == 200, "the session goes on")
    expect(stack.sign_in()[0] == 200, "the household signs in")


def a_mail_was_refused(tree, stack):
    sent = len(stack.mails())
    stack.call("POST", "/api/password-resets", {"email": ADDRESS})
    stack.wait_for_mail(sent + 1)
    (row,) = stack.items("TokensTable", "password-reset#")
    boto3.resource("dynamodb").Table(stack.name("TokensTable")).update_item(
        Key={"pk": row["pk"]},
        UpdateExpression="SET settled = :refused REMOVE outbox, try_at",
        ExpressionAttributeValues={":refused": "refused"},
    )
    lines = guide("again() {").replace("notice#…", row["pk"])
    expect(row["pk"] in tree.run(lines), "the guide's scan finds it, and has it sent again")
    # What is due, without waiting for the sweep.
    report = tree.run(guide("DeliverMailFunction):live"))
    told = re.search(r'"sent": \d+', report)
    expect(len(stack.wait_for_mail(sent + 2)) == sent + 2, f"it is sent: {told and told[0]}")


def the_daily_job_fails(tree, stack):
    """The one alarm that a real fault can ring here: the emulator has Lambda's own metrics alone."""
    lambdas = boto3.client("lambda")
    function = stack.name("ExpireAccountsFunction")
    answer = lambdas.invoke(FunctionName=f"{function}:live", Payload=b'{"time": "not a time"}')
    expect("FunctionError" in answer, "a run of the daily job fails as a whole")
    # The emulator looks at its alarms when it is given a metric.
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_data(Namespace="Drill", MetricData=[{"MetricName": "Any", "Value": 1}])
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    states = [it["StateValue"] for it in alarms if "DailyJobFailed" in it["AlarmName"]]
    expect(states == ["ALARM"], f"DailyJobFailed rings: {states}")


STEPS = (
    a_first_creation_fails,
    the_next_one_succeeds,
    a_household_comes,
    an_update_is_rolled_back,
    the_same_build_is_deployed_again,
    a_hand_moves_an_alias,
    a_table_is_restored,
    a_closure_and_an_erasure_are_done_again,
    the_secret_has_leaked,
    a_mail_was_refused,
    the_daily_job_fails,
)


def main(build, work):
    tree, stack = Tree(build, work), Stack()
    for step in STEPS:
        began = time.monotonic()
        say(step.__name__.replace("_", " "))
        step(tree, stack)
        say(f"stage {step.__name__}: {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:])
