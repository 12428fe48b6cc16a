"""Households and their browsers."""

import http.client
import itertools
import json
from dataclasses import dataclass, field
from urllib.parse import urlsplit

# The address that browsers see; a proxy that speaks TLS would stand before the server.
ORIGIN = "https://comptes.example"
AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
SOURCES = itertools.count(1)


def source():
    """An address that no call has come from yet: limits per source are never reached."""
    number = next(SOURCES)
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


@dataclass
class Person:
    """Somebody with an account, and their browser."""

    number: int
    password: str = "quatre chevaux bleus 4"
    cookies: dict = field(default_factory=dict)
    # The cookies of a browser that was never signed in.
    fresh: dict = field(default_factory=dict)
    token: str = ""

    @property
    def lease(self):
        return f"{10_000_000 + self.number}"

    @property
    def email(self):
        return f"foyer-{self.number}@exemple.example"

    def keep(self, lines):
        """Keeps the cookies of these Set-Cookie lines."""
        for line in lines:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value


@dataclass
class Answer:
    """What a server answers."""

    status: int
    cookies: list
    body: bytes

    def json(self):
        return json.loads(self.body)


class Server:
    """A server, and the one connection to it, which is kept."""

    def __init__(self, address, origin):
        self.connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=60)
        self.origin = origin

    def call(self, person, method, path, body=None, headers=None, expected=(200,)):
        """What the server answers to the person's browser, which keeps the cookies."""
        head = {
            "host": urlsplit(self.origin).netloc,
            "origin": self.origin,
            "sec-fetch-site": "same-origin",
            "sec-fetch-mode": "cors",
            "user-agent": AGENT,
            "x-forwarded-for": source(),
            "x-forwarded-proto": urlsplit(self.origin).scheme,
            **(headers or {}),
        }
        if person.cookies:
            head["cookie"] = "; ".join(f"{name}={value}" for name, value in person.cookies.items())
        if body is not None:
            head["content-type"] = "application/json"
            body = json.dumps(body)
        self.connection.request(method, path, body, head)
        response = self.connection.getresponse()
        answer = Answer(response.status, response.headers.get_all("set-cookie", []), response.read())
        if answer.status not in expected:
            raise RuntimeError(f"{method} {path}: {answer.status} {answer.body[:500]}")
        person.keep(answer.cookies)
        return answer

    def hang_up(self):
        """Closes the connection; the next call opens another."""
        self.connection.close()
