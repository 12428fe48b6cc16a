#!/usr/bin/env python3
"""What the tenant accounts cost in AWS; prints the tables of README.md.

    python3 infra/costs.py              a month, at three sizes
    python3 infra/costs.py year         a year, at three sizes, and a million sign-ins
    python3 infra/costs.py sign-in      a million sign-ins, item by item
    python3 infra/costs.py operations   a million of each operation
    python3 infra/costs.py synthetic    a month of the synthetic household
    python3 infra/costs.py 250000       a month of one size, line by line, with quantities

Prices: `prices.toml`. Units of the tables: `counts.json`, which tests/journeys/budgets.rs counts. How much
a household does is an assumption: put in your own.
"""

import json
import sys
import tomllib
from pathlib import Path

FOLDER = Path(__file__).parent
PRICES = tomllib.loads((FOLDER / "prices.toml").read_text())
PRICE = {name: price / 1e6 for name, price in PRICES["per_million"].items()} | PRICES["each"]
COUNTS = json.loads((FOLDER / "counts.json").read_text())


def units(operation):
    """Read and write units of an operation that the budgets count, those of indexes among them."""
    counted = COUNTS[operation]
    return counted["read_units"], counted["write_units"] + counted["index_write_units"]


# --- What households do: times per household and month --------------------------------------------
# (times, Lambda MB, ms, read units, write units, log lines of our own). Units are counted where a budget
# has the operation, and else estimated. The agency's file is every lease every night. Milliseconds are those
# billed for a warm function; Argon2id takes most of the 60.

OPERATIONS = {
    "pages and assets": (8, 256, 5, 0, 0, 1),
    "sign-in, known browser": (1.2, 1769, 60, *units("login from a known browser"), 3),
    "sign-in, another": (0.3, 1769, 60, *units("login"), 3),
    "refresh of a session": (6, 256, 15, *units("refresh-session"), 1),
    "look at the account": (6, 256, 12, *units("get-account"), 2),
    "change or request": (0.1, 1769, 70, 3, 14, 2),
    "registration": (0.03, 1769, 60, *units("register"), 2),
    "activation": (0.03, 1769, 60, *units("activate"), 3),
    "forgotten password": (0.05, 256, 15, *units("forgot-password"), 1),
    "new password": (0.05, 1769, 70, 3, 13, 2),
    "wrong or repeated": (0.5, 1769, 60, 2, 2, 2),
}
MAILS = 0.3  # an account's two, resets and their confirmations, notices
MAIL = (1, 256, 120, 3, 7, 2)  # deliver-mail, for one; no request of the API; a turn among the writes
IMPORTED = 30  # times one lease is sent: every night
# Tried, then imported: two requests. Each lease is looked up three times: the import looks first, too.
IMPORT = {"per request": 2_000, "requests": 2, "MB": 1769, "ms per look": 0.2, "looks": 3}

# --- What each of these leaves and carries --------------------------------------------------------

ROW_BYTES = {"tenants": 1_900, "tokens": 1_800}  # lease, account, credentials; session, links, acts; indexes
TEMPLATE = (FOLDER.parent / "template.yaml").read_text()
# Our lines (answered, audit, a metric) have 225 bytes on average in the log of tests/audit.rs. Lambda's own, a
# beginning and a report, are left out unless somebody asks for them: the default of the parameter SystemLogs.
LOG_BYTES = {"access": 330, "platform": 2 * 290 * ("Default: INFO" in TEMPLATE), "our line": 225}
LOGS_KEPT_MONTHS, COMPRESSED = 12, 0.15
BYTES_OUT = 6_000  # per request, on average: assets are kept by browsers
COLD = 0.02  # of invocations; each 150 ms more, and a read of the secret
COLD_MS = 150
# Of 5 minutes: each process in use reads the secret again, its previous version only where something of it turned up.
PERIODS = 30.4 * 24 * 12
SECONDS = 30.4 * 86_400  # X-Ray keeps one request a second, and a twentieth of the others
TRACED = 0.05
SWEEPS = 30.4 * 24 * 60  # every minute: 4 queries of half a read unit, 20 ms

ALARMS = (TEMPLATE + (FOLDER / "alarms.yaml").read_text()).count("Type: AWS::CloudWatch::Alarm")
# Whether requests are traced unless somebody asks for it: the default of the parameter Tracing.
IS_TRACED = "Default: Active" in TEMPLATE
# Without those of the agency's pages: staff asks little, and their processes read no secret while nobody works.
FUNCTIONS = TEMPLATE.count("Type: AWS::Serverless::Function")
METRICS = 20  # of shared/src/metrics.rs, and two of the access log


def bill(households):
    """The lines of a month's bill: what, how many of which price."""
    use = dict.fromkeys(PRICE, 0.0)
    invocations = 0.0
    own_lines = 0.0

    def run(times, megabytes, ms, reads, writes, lines):
        nonlocal invocations, own_lines
        invocations += times
        own_lines += times * lines
        use["Lambda request"] += times
        use["Lambda GB-second"] += times * megabytes / 1024 * (ms + COLD * COLD_MS) / 1000
        use["secret read"] += times * COLD
        use["read unit"] += times * reads
        use["write unit"] += times * writes

    requests = 0.0
    for times, *cost in OPERATIONS.values():
        requests += households * times
        run(households * times, *cost)
    mails = households * MAILS
    run(mails, *MAIL[1:])
    use["mail"] = mails
    leases = households * IMPORTED
    files = leases / IMPORT["per request"] * IMPORT["requests"]
    requests += files
    looks = IMPORT["per request"] * IMPORT["looks"] / IMPORT["requests"]
    run(files, IMPORT["MB"], IMPORT["ms per look"] * looks, looks, 0, 1)
    run(SWEEPS, 256, 20, 2, 0, 1)
    # About one process of each function; the sweep's is always in use.
    use["secret read"] += PERIODS + min(requests, PERIODS * (FUNCTIONS - 1))

    use["API request"] = requests
    gigabytes = households * sum(ROW_BYTES.values()) / 1e9
    use["table GB"] = use["backup GB"] = gigabytes
    logged = requests * LOG_BYTES["access"] + invocations * LOG_BYTES["platform"]
    logged = (logged + own_lines * LOG_BYTES["our line"]) / 1e9
    use["log GB taken"] = logged
    use["log GB kept"] = logged * LOGS_KEPT_MONTHS * COMPRESSED
    every_second = min(invocations, SECONDS)
    use["trace"] = IS_TRACED * (every_second + TRACED * (invocations - every_second))
    use["metric"] = METRICS
    use["alarm"] = ALARMS
    use["dashboard"] = use["secret"] = 1
    use["GB sent out"] = requests * BYTES_OUT / 1e9
    return use


GROUPS = {
    "API Gateway": ["API request", "GB sent out"],
    "Lambda": ["Lambda request", "Lambda GB-second"],
    "DynamoDB, requests": ["write unit", "read unit"],
    "DynamoDB, storage and backups": ["table GB", "backup GB"],
    "SES": ["mail"],
    "Logs, kept 12 months": ["log GB taken", "log GB kept"],
    "X-Ray": ["trace"],
    "Metrics, alarms, dashboard": ["metric", "alarm", "dashboard"],
    "Secrets Manager": ["secret", "secret read"],
}


def table(sizes):
    """The bill of each size, in Markdown."""
    bills = [bill(size) for size in sizes]

    def money(amount):
        return f"{amount:,.2f}" if amount < 10 else f"{amount:,.0f}"

    def row(name, amounts):
        print(f"| {name} | " + " | ".join(money(amount).replace(",", " ") for amount in amounts) + " |")

    print("| dollars a month | " + " | ".join(f"{size:,}".replace(",", " ") for size in sizes) + " |")
    print("|---|" + "--:|" * len(sizes))
    for group, names in GROUPS.items():
        row(group, [sum(use[name] * PRICE[name] for name in names) for use in bills])
    totals = [sum(use[name] * PRICE[name] for name in PRICE) for use in bills]
    row("**in all**", totals)
    row("for 1 000 households", [1000 * total / size for total, size in zip(totals, sizes, strict=True)])


def amount_of(use):
    return sum(use[name] * PRICE[name] for name in PRICE)


BROWSERS = ("known browser", "another")


def once(cost, *, is_request=True):
    """One call by itself: no household does anything else."""
    _, megabytes, ms, reads, writes, own_lines = cost
    logged = LOG_BYTES["access"] * is_request + LOG_BYTES["platform"] + own_lines * LOG_BYTES["our line"]
    return dict.fromkeys(PRICE, 0.0) | {
        "API request": int(is_request),
        "Lambda request": 1,
        "Lambda GB-second": megabytes / 1024 * (ms + COLD * COLD_MS) / 1000,
        "read unit": reads,
        "write unit": writes,
        "secret read": COLD,
        "log GB taken": logged / 1e9,
        "log GB kept": logged / 1e9 * LOGS_KEPT_MONTHS * COMPRESSED,
    }


def sign_in(browser):
    return once(OPERATIONS[f"sign-in, {browser}"])


def operations():
    """What a million of each operation cost."""
    print("| a million of each | read units | write units | dollars |\n|---|--:|--:|--:|")
    ones = {name: (cost, once(cost)) for name, cost in OPERATIONS.items()}
    ones["mail, SES with it"] = MAIL, once(MAIL, is_request=False) | {"mail": 1}
    for name, (cost, one) in ones.items():
        print(f"| {name} | {cost[3]} | {cost[4]} | {1e6 * amount_of(one):.2f} |")


def of_a_million_sign_ins():
    """What each item costs, in Markdown."""
    print("| dollars for a million sign-ins | quantity | " + " | ".join(BROWSERS) + " |\n|---|--:|--:|--:|")
    ones = [sign_in(it) for it in BROWSERS]
    for name in (it for it in PRICE if any(one[it] for one in ones)):
        quantity = " or ".join(dict.fromkeys(f"{1e6 * one[name]:,.6g}".replace(",", " ") for one in ones))
        amounts = (f"{1e6 * one[name] * PRICE[name]:.2f}" for one in ones)
        print(f"| {name} | {quantity} | " + " | ".join(amounts) + " |")
    print("| **in all** | | " + " | ".join(f"{1e6 * amount_of(one):.2f}" for one in ones) + " |")


# A run of the synthetic household, as tests/journeys/synthetic.rs counts it: units of its own calls, and of
# those that it causes. Itself it waits some 3 s, most of them for its mail; three of the five requests hash.
RUN = {
    "API request": 5,
    "Lambda request": 8,
    "Lambda GB-second": 0.25 * 3 + 3 * 1769 / 1024 * 0.06 + 0.25 * 0.3,
    "read unit": 16,
    "write unit": 47,
    # Its own process, those of its requests and that of its mails read the secret, every 5 minutes.
    "secret read": 6,
    "mail": 2,
    "GB sent out": 5 * BYTES_OUT / 1e9,
    "log GB taken": (5 * LOG_BYTES["access"] + 30 * LOG_BYTES["our line"]) / 1e9,
}


def synthetic():
    """What the synthetic household adds to a month, where a parameter says so."""
    use = dict.fromkeys(PRICE, 0.0) | {name: PERIODS * one for name, one in RUN.items()}
    use["log GB kept"] = use["log GB taken"] * LOGS_KEPT_MONTHS * COMPRESSED
    template = (FOLDER / "synthetic.yaml").read_text()
    use["alarm"] = template.count("Type: AWS::CloudWatch::Alarm")
    use["metric"] = template.count("Name: Step,")
    print("| dollars a month | synthetic household |\n|---|--:|")
    for group, names in GROUPS.items():
        print(f"| {group} | {sum(use[name] * PRICE[name] for name in names):.2f} |")
    print(f"| **in all** | {amount_of(use):.2f} |")


def yearly(sizes):
    """A year of each size, and a million sign-ins."""

    def money(amount):
        return f"{amount:,.2f}" if amount < 10 else f"{amount:,.0f}".replace(",", " ")

    print("| dollars | |\n|---|--:|")
    for name in BROWSERS:
        print(f"| a million sign-ins, {name} | {money(1e6 * amount_of(sign_in(name)))} |")
    for size in sizes:
        print(f"| a year of {size:,} households | {money(12 * amount_of(bill(size)))} |".replace(",", " "))


def lines(size):
    """One size, with the arithmetic."""
    use = bill(size)
    for name, price in PRICE.items():
        print(f"{use[name]:>18,.2f} {name:<18} x {price:<14.10f} = {use[name] * price:>12,.2f}")
    print(f"{sum(use[name] * PRICE[name] for name in PRICE):>67,.2f}")


if __name__ == "__main__":
    sizes = [1_000, 100_000, 10_000_000]
    match sys.argv[1:]:
        case []:
            table(sizes)
        case ["year"]:
            yearly(sizes)
        case ["sign-in"]:
            of_a_million_sign_ins()
        case ["operations"]:
            operations()
        case ["synthetic"]:
            synthetic()
        case [size]:
            lines(int(size))
        case _:
            sys.exit(__doc__)
