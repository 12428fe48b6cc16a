#!/usr/bin/env python3
"""Sends a landlord's leases to the tenant accounts: what one would run each night.

    import_leases.py https://espace-locataire.bailleur.example leases.csv

Needs botocore, and the credentials of a role that may call the route, found where the AWS CLI finds
them. A file of any size is sent in parts that the API takes. Sending a lease again changes nothing,
so a part that was not answered is sent again, and so may be the whole file. Ends with 1 if a lease
was rejected, and says which and why.
"""

import csv
import io
import json
import os
import sys
import time
import urllib.error
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.session import Session

REGION = os.environ.get("AWS_REGION", "eu-west-3")
# The API takes 10 000 rows and 2 MiB at once, and has 29 s for them.
ROWS, CHARACTERS = 2_000, 1_000_000
ATTEMPTS = 5


def parts(file):
    """The rows of `file` as CSV with a header each; for each line of a part, its line in `file`."""
    rows = csv.reader(file)
    header = next(rows)
    text = None
    first = rows.line_num + 1
    for row in rows:
        if text is None:
            text, lines, line = io.StringIO(), {1: 1}, 2
            csv.writer(text).writerow(header)
        lines[line] = first
        csv.writer(text).writerow(row)
        line += 1 + sum(cell.count("\n") for cell in row)
        first = rows.line_num + 1
        if len(lines) > ROWS or text.tell() > CHARACTERS:
            yield text.getvalue(), lines
            text = None
    if text is not None:
        yield text.getvalue(), lines


def send(url, body, credentials):
    """Posts `body`, signed anew each time, for a signature is good for five minutes."""
    for attempt in range(1, ATTEMPTS + 1):
        request = AWSRequest("POST", url, {"content-type": "text/csv; charset=utf-8"}, body)
        SigV4Auth(credentials.get_frozen_credentials(), "execute-api", REGION).add_auth(request)
        try:
            call = urllib.request.Request(url, body, dict(request.headers), method="POST")
            with urllib.request.urlopen(call, timeout=60) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            if error.code != 429 and error.code < 500 or attempt == ATTEMPTS:
                sys.exit(f"{error.code} {error.read().decode(errors='replace')}")
            wait = int(error.headers.get("retry-after", 2**attempt))
        except OSError as error:
            if attempt == ATTEMPTS:
                sys.exit(str(error))
            wait = 2**attempt
        time.sleep(wait)


def main(portal, path):
    url = portal.rstrip("/") + "/api/agency/leases"
    credentials = Session().get_credentials() or sys.exit("no credentials of AWS")
    total = dict.fromkeys(("received", "created", "updated", "unchanged"), 0)
    rejected = []
    with open(path, newline="", encoding="utf-8-sig") as file:
        for body, lines in parts(file):
            answer = send(url, body.encode(), credentials)
            for count in total:
                total[count] += answer[count]
            rejected += [{**one, "line": lines.get(one["line"])} for one in answer["rejected"]]
    for one in rejected:
        print(f"line {one['line']}: {one['code']}: {one['message']}", file=sys.stderr)
    print(json.dumps({**total, "rejected": len(rejected)}))
    return bool(rejected)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    sys.exit(main(*sys.argv[1:]))
