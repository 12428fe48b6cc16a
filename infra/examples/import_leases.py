#!/usr/bin/env python3
"""Sends a landlord's leases to the tenant accounts: what one would run each night.

Nothing is written before the whole file was tried: what it would do is said first, in words, and a
yes is asked for. Needs botocore, and the credentials of a role that may call the route, found where
the AWS CLI finds them.
"""

import argparse
import codecs
import json
import os
import re
import sys
import time
import unicodedata
import urllib.error
import urllib.parse
import urllib.request

try:
    from botocore.auth import SigV4Auth
    from botocore.awsrequest import AWSRequest
    from botocore.session import Session
except ImportError:
    print("botocore is missing: pip install botocore", file=sys.stderr)
    sys.exit(2)

HELP = """\
The file is CSV (comma, semicolon or tab; UTF-8, Windows-1252 or UTF-16; a header) or NDJSON, of any
size. It is sent in parts that the API takes, each with the header, its bytes as they are. Line numbers
are those of the file. Sending a lease again changes nothing, so a part that was not answered is sent
again, and so may be the whole file.

Endings: a lease that gets an exit date, or an earlier one, ends its account. The endings of all parts
count together: all parts are tried before the first is written. Once you have agreed to their number,
by answering yes or by --confirm, each part is written with its own share of it confirmed, and no more.
With --yes alone, a file that would end many accounts (more than 5, and more than 2 % of the accounts
of the leases it names) is refused: as a whole where that is certain, else by the API, part by part. The
parts that end most come first, so nothing is written when the first of them is refused.

What is said to people goes to the standard error. The standard output gets one line of JSON when the
file is imported, and nothing else.

ends with  0  every row is taken
           1  some rows are rejected, the others are taken
           2  nothing is written: refused, not confirmed, or not readable
           3  stopped halfway: some parts are written. Send the file again

example    import_leases.py https://espace-locataire.bailleur.example leases.csv --yes
"""

# The API takes 10 000 rows and 2 MiB at once, and has 29 s for them.
ROWS, BYTES = 2_000, 1_000_000
ATTEMPTS = 5
# From the API: so few endings are taken without a question, and one in so many accounts.
FEW, ONE_IN = 5, 50
# From the API: the longest record that takes several lines.
SPAN = 64 * 1024

UTF8_MARK = b"\xef\xbb\xbf"
MARKS = {UTF8_MARK: "utf-8", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
BREAK = re.compile(rb"\r\n|\r|\n")
SPACE = b" \t\xa0\xc2"
# What the API takes as the column `lease`, without case, accents, spaces and marks.
LEASE = set(
    "lease leasereference reference referenceclient refclient codecontrat contrat numerodecontrat"
    " ndecontrat ncontrat bail referencebail referencedubail codebail numerodebail ndebail nbail".split()
)


class Stop(Exception):
    """Why nothing more is done."""


class Unanswered(Stop):
    """No answer says what was done: of a part that is written, some of it may be."""


# --- The file, cut into parts ---------------------------------------------------------------------


class Part:
    """Rows of a file, to be sent as a file of their own."""

    def __init__(self, body, header_lines, first_line):
        self.body, self.header_lines, self.first_line = body, header_lines, first_line
        self.ending = 0

    def line_of_file(self, line):
        """The line of the file that is `line` of this part."""
        if line <= self.header_lines:
            return line
        return line - self.header_lines - 1 + self.first_line


class File:
    """A file of leases. Its bytes are read, never written anew: a part is made of pieces of it."""

    def __init__(self, data, media_type, charset=None):
        mark = next((mark for mark in MARKS if data.startswith(mark)), b"")
        self.charset, added = charset or MARKS.get(mark), b""
        if not self.charset:
            self.charset, added = whole_encoding(data)
        self.mark = mark or added
        self.data = data[len(mark) :]
        declared = "" if mark or added or self.charset == "utf-8" else f"; charset={self.charset}"
        self.content_type = media_type + declared
        self.unit = 2 if self.charset.startswith("utf-16") else 1
        # A byte for each character that means something here, at the same place.
        self.text = narrowed(self.data, self.charset) if self.unit == 2 else self.data
        if media_type == "text/csv":
            self.read_header()
        else:
            self.delimiter, self.columns, self.header_end, self.lease = None, 0, 0, None
        self.header_lines = count_lines(self.text, 0, self.header_end)

    def read_header(self):
        """Finds the header, the first line that is not blank, and what stands between its fields."""
        start = self.skip_blank(0)
        line = self.text[start : end_of_line(self.text, start)]
        separator = re.match(rb'[ "]*sep=([,;\t])[ "]*[\r\n]*$', line, re.IGNORECASE)
        if separator:
            start = self.skip_blank(start + len(line))
        among = [separator[1]] if separator else [b",", b";", b"\t"]
        ends = {one: record(self.text, start, one, sys.maxsize) for one in among}
        self.delimiter = max(among, key=lambda one: len(ends[one]))
        fields = ends[self.delimiter]
        self.columns = len(fields)
        self.header_end = end_of_line(self.text, fields[-1][1])
        names = [self.piece(*field).decode(self.charset, "replace") for field in fields]
        self.lease = next((index for index, name in enumerate(names) if is_lease(name)), None)

    def skip_blank(self, at):
        while at < len(self.text):
            end = end_of_line(self.text, at)
            if self.text[at:end].strip(SPACE + b"\r\n"):
                break
            at = end
        return at

    def piece(self, start, end):
        """The bytes from one place to another."""
        return self.data[start * self.unit : end * self.unit]

    def records(self):
        """Where each row begins and ends. Line breaks between quotation marks end none."""
        at = self.header_end
        while at < len(self.text):
            end = end_of_line(self.text, at)
            if self.delimiter and b'"' in self.text[at:end]:
                fields = record(self.text, at, self.delimiter, self.columns)
                end = max(end, end_of_line(self.text, fields[-1][1]))
            if self.text[at:end].strip(SPACE + b"\r\n"):
                yield at, end
            at = end

    def reference(self, start, end):
        """The digits of the lease that a row names, if it does."""
        if self.delimiter is None:
            try:
                row = json.loads(self.piece(start, end).decode(self.charset))
                lease = next(row[name] for name in row if is_lease(name)).encode()
            except (ValueError, TypeError, AttributeError, StopIteration):
                return None
        elif self.lease is None:
            return None
        else:
            fields = record(self.text, start, self.delimiter, self.columns)
            if len(fields) <= self.lease:
                return None
            lease = self.text[slice(*fields[self.lease])]
        digits = lease.translate(None, SPACE + b'"=').lstrip(b"Ll")
        return digits if digits.isdigit() else None

    def groups(self):
        """The rows of each part."""
        groups, size = [], 0
        for start, end in self.records():
            if not groups or len(groups[-1]) == ROWS or size + end - start > BYTES // self.unit:
                groups.append([])
                size = self.header_end
            groups[-1].append((start, end))
            size += end - start
        return groups or [[(self.header_end, len(self.text))]]

    def parts(self, left_out):
        """The parts, without the rows that begin at one of `left_out`."""
        at, line = self.header_end, self.header_lines + 1
        for group in self.groups():
            pieces, begun = [], line
            for start, end in group:
                # Blank lines before a row go with it.
                pieces.append(self.piece(at, start))
                if start in left_out:
                    # Its line breaks stay: the lines behind it keep their numbers.
                    breaks = b"".join(BREAK.findall(self.text, start, end))
                    pieces.append(self.widened(breaks))
                else:
                    pieces.append(self.piece(start, end))
                line += count_lines(self.text, at, end)
                at = end
            yield Part(self.with_header(pieces), self.header_lines, begun)

    def doubtful(self):
        """Files of the rows of one lease that stand in different parts and are not the same, with
        where each row stands in them and in this file: the API is to say whether they disagree. Of
        rows in one part it says so anyway."""
        groups = self.groups()
        rows = {}
        for number, group in enumerate(groups if len(groups) > 1 else []):
            for start, end in group:
                reference = self.reference(start, end)
                if reference:
                    rows.setdefault(reference, []).append((number, start, end))
        pieces, places, line = [], {}, self.header_lines + 1
        for same in rows.values():
            if len({number for number, _, _ in same}) == 1:
                continue
            if len({self.text[start:end].strip() for _, start, end in same}) == 1:
                continue
            for _, start, end in same:
                pieces.append(self.piece(start, end))
                if self.text[end - 1 : end] not in (b"\n", b"\r"):
                    pieces.append(self.widened(b"\n"))
                places[line] = start
                line += count_lines(self.text, start, end)
            if len(places) >= ROWS:
                yield self.with_header(pieces), places
                pieces, places, line = [], {}, self.header_lines + 1
        if places:
            yield self.with_header(pieces), places

    def with_header(self, pieces):
        return b"".join([self.mark, self.piece(0, self.header_end), *pieces])

    def widened(self, breaks):
        """Line breaks as the file has them."""
        return breaks.decode().encode(self.charset) if self.unit == 2 else breaks

    def line(self, place):
        """The number of the line that begins at `place`."""
        return count_lines(self.text, 0, place) + 1


def is_lease(name):
    """Whether a column of that name is `lease`."""
    letters = (c for c in unicodedata.normalize("NFKD", name) if c.isalnum())
    return "".join(letters).casefold() in LEASE


def whole_encoding(data):
    """The encoding of a file without a mark, and the mark that each part needs so that it is read
    as the API would read the file as a whole."""
    try:
        data.decode("utf-8")
        return "utf-8", b""
    except UnicodeDecodeError:
        pass
    for line in re.split(rb"[\r\n]", data):
        if not line.isascii():
            try:
                line.decode("utf-8")
                # UTF-8 with damaged lines: the API says which. Without the mark it would take a
                # part of damaged lines alone for Windows-1252.
                return "utf-8", UTF8_MARK
            except UnicodeDecodeError:
                pass
    return "windows-1252", b""


def narrowed(data, charset):
    low, high = (data[0::2], data[1::2]) if charset != "utf-16-be" else (data[1::2], data[0::2])
    return bytes(a if b == 0 and a < 128 else 0x80 for a, b in zip(low, high, strict=False))


def end_of_line(text, at):
    found = BREAK.search(text, at)
    return found.end() if found else len(text)


def count_lines(text, start, end):
    """How many lines stand between two beginnings or ends of lines."""
    if start == end:
        return 0
    return len(BREAK.findall(text, start, end)) + (text[end - 1 : end] not in (b"\n", b"\r"))


def field_between(delimiter):
    """What a field looks like: quoted, with space around it, or plain."""
    space = b"[ \xa0]" if delimiter == b"\t" else b"[ \t\xa0]"
    pattern = (
        rb"(?:S|\xc2\xa0)*\"[^\"]*(?:\"\"[^\"]*)*\"(?:S|\xc2)*(?=[D\r\n]|\Z)"
        rb"|(?!(?:S|\xc2\xa0)*\")[^D\r\n]*"
    )
    return re.compile(pattern.replace(b"S", space).replace(b"D", delimiter))


FIELDS = {delimiter: field_between(delimiter) for delimiter in (b",", b";", b"\t")}


def record(text, at, delimiter, columns):
    """Where the fields of the record at `at` begin and end. Where a quotation mark is not closed as
    it should be, quotation marks mean nothing, and the record is its line: nearly as the API reads it.
    Where that differs, in files with several such faults, a record at the end of a part may be cut; it
    is rejected then, and told."""
    start, limit, fields = at, min(len(text), at + SPAN), []
    while True:
        field = FIELDS[delimiter].match(text, at, limit)
        if field is None or (field.end() == limit < len(text)):
            break
        fields.append(field.span())
        at = field.end()
        if text[at : at + 1] != delimiter:
            surplus = (text[slice(*field)].strip(SPACE + b'"') for field in fields[columns:])
            if BREAK.search(text, start, at) and (
                any(surplus) or swallows(text, fields, delimiter, columns)
            ):
                break
            return fields
        at += 1
    line = BREAK.split(text[start : end_of_line(text, start)], 1)[0]
    fields = []
    for field in line.split(delimiter):
        fields.append((start, start + len(field)))
        start += len(field) + 1
    return fields


def swallows(text, fields, delimiter, columns):
    """Whether a record of several lines holds another row: then a quotation mark was opened that
    nobody meant."""
    at, end = fields[0][0], fields[-1][1]
    # Its own line is the first, or the one on which its first field ends.
    own = max(BREAK.finditer(text, *fields[0]), key=lambda found: found.end(), default=None)
    own = own.end() if own else at
    while at < end:
        after = end_of_line(text, at)
        line = text[at:after]
        if at != own and b"@" in line and line.count(delimiter) + 1 >= columns:
            return True
        at = after
    return False


# --- The API --------------------------------------------------------------------------------------


class Api:
    """The route that takes leases."""

    def __init__(self, portal, content_type):
        self.url = portal.rstrip("/") + "/api/agency/leases"
        self.headers = {"content-type": content_type, "accept-language": "en"}
        self.region = os.environ.get("AWS_REGION", "eu-west-3")
        self.credentials = Session().get_credentials()
        if self.credentials is None:
            raise Stop("There are no credentials of AWS.")

    def send(self, body, **query):
        """Posts `body`, again while it is not answered, signed anew each time, for a signature is
        good for five minutes. The status, and what is answered."""
        url = self.url + ("?" + urllib.parse.urlencode(query) if query else "")
        for attempt in range(1, ATTEMPTS + 1):
            request = AWSRequest("POST", url, dict(self.headers), body)
            frozen = self.credentials.get_frozen_credentials()
            SigV4Auth(frozen, "execute-api", self.region).add_auth(request)
            wait = 2**attempt
            try:
                call = urllib.request.Request(url, body, dict(request.headers), method="POST")
                with urllib.request.urlopen(call, timeout=60) as answer:
                    return answer.status, json.load(answer)
            except urllib.error.HTTPError as error:
                answer = error.read()
                if (error.code != 429 and error.code < 500) or attempt == ATTEMPTS:
                    try:
                        problem = json.loads(answer)
                    except ValueError:
                        problem = {"detail": answer.decode(errors="replace")}
                    return error.code, problem
                asked = error.headers.get("retry-after", "")
                wait = int(asked) if asked.isdigit() else wait
            except (OSError, ValueError) as error:
                if attempt == ATTEMPTS:
                    raise Unanswered(f"The portal does not answer: {error}") from error
            time.sleep(wait)


def words_of(status, problem):
    """An answer that is no report, in words."""
    told = problem.get("detail") or problem.get("message") or problem.get("title") or ""
    lines = [f"The portal refuses it ({status} {problem.get('code', '')}".rstrip() + f"): {told}"]
    for error in problem.get("errors", []):
        lines.append(f"  {error.get('field')}: {error.get('message')}")
    return "\n".join(lines)


# --- What is said ---------------------------------------------------------------------------------


def say(*lines):
    print(*lines, sep="\n", file=sys.stderr, flush=True)


def count(number, one, several=None):
    digits = f"{number:,}".replace(",", " ")
    return f"{digits} {one if number == 1 else several or one + 's'}"


class Progress:
    """A bar on a terminal; nothing elsewhere."""

    def __init__(self, doing, of):
        self.doing, self.of, self.done = doing, of, 0
        self.shown = sys.stderr.isatty()

    def __enter__(self):
        self.show()
        return self

    def step(self):
        self.done += 1
        self.show()

    def show(self):
        if self.shown:
            bar = ("#" * (30 * self.done // self.of)).ljust(30)
            print(f"\r{self.doing} [{bar}] {self.done}/{self.of}", end="", file=sys.stderr, flush=True)

    def __exit__(self, *_):
        if self.shown:
            print(file=sys.stderr)


class Total:
    """What became of all parts, or would."""

    COUNTS = ("received", "created", "updated", "unchanged")
    CONSEQUENCES = ("ending", "warned", "deactivated")

    def __init__(self, lines_left_out):
        self.counts = dict.fromkeys(self.COUNTS + self.CONSEQUENCES, 0)
        self.counts["received"] = len(lines_left_out)
        message = "Another line says otherwise of this lease. Neither is taken: keep the right one."
        self.rejected = [
            {"line": line, "code": "duplicate_lease", "message": message} for line in lines_left_out
        ]
        self.encodings, self.delimiter, self.ignored = [], None, []

    def add(self, part, report):
        for name in self.COUNTS:
            self.counts[name] += report[name]
        for name in self.CONSEQUENCES:
            self.counts[name] += report["consequences"][name]
        for one in report["rejected"]:
            self.rejected.append({**one, "line": part.line_of_file(one["line"])})
        read_as = report["read_as"]
        self.delimiter = read_as["delimiter"]
        keep_new(self.encodings, [read_as["encoding"]])
        keep_new(self.ignored, read_as["ignored_columns"])

    def tell(self, path):
        it = self.counts
        between = {",": "commas", ";": "semicolons", "\t": "tabs"}.get(self.delimiter)
        between = f", {between} between the fields" if between else ""
        say(f"{path}: {count(it['received'], 'row')}, read as {' and '.join(self.encodings)}{between}.")
        if self.ignored:
            say(f"Columns left aside: {', '.join(self.ignored)}.")
        say(
            "Nothing is written yet. The import would",
            f"  create    {count(it['created'], 'lease')}",
            f"  update    {count(it['updated'], 'lease')}",
            f"  leave     {count(it['unchanged'], 'lease')} as they are",
            f"  reject    {count(len(self.rejected), 'row')}",
        )
        for one in sorted(self.rejected, key=lambda one: one["line"]):
            column = one.get("column")
            where = f"line {one['line']}" + (f", column {column}" if column else "")
            message = one["message"]
            if column and message.startswith(f"{column}: "):
                message = message[len(column) + 2 :]
            say(f"    {where}: {message}")
        if it["ending"]:
            say(
                f"  end       {count(it['ending'], 'account')} that would go on, or go on for longer:",
                f"            {it['warned']} warned by the next daily run,"
                f" {it['deactivated']} deactivated within 8 days",
            )
        else:
            say("  end       no account")


def keep_new(known, names):
    known += [name for name in names if name not in known]


# --- Trying, agreeing, importing ------------------------------------------------------------------


def disagreeing(api, file):
    """Where the rows begin that stand in different parts and say otherwise of one lease."""
    found = set()
    for body, places in file.doubtful():
        status, answer = api.send(body, dry_run="true")
        if status != 200:
            raise Stop(words_of(status, answer))
        rejected = (one for one in answer["rejected"] if one["code"] == "duplicate_lease")
        found |= {places[one["line"]] for one in rejected}
    return found


def attempt(api, parts, lines_left_out):
    """What importing all parts would do."""
    total = Total(lines_left_out)
    with Progress("trying   ", len(parts)) as progress:
        for part in parts:
            status, answer = api.send(part.body, dry_run="true")
            if status != 200:
                raise Stop(words_of(status, answer))
            part.ending = answer["consequences"]["ending"]
            total.add(part, answer)
            progress.step()
    return total


def too_many(whole, answer=None):
    """What is said where many accounts end: of the whole file, and of the part that is refused."""
    of_part = ""
    if answer:
        of_part = f" One part of it alone would end {answer['ending']} of {answer['accounts']}."
    return (
        f"too_many_endings: the file would end {count(whole, 'account')}, and nobody has said that"
        f" this is meant.{of_part}\nLook at the exit dates in the file. If they are right, run this"
        f" again and answer yes, or with --confirm {whole}."
    )


def agree(total, options):
    """Whether the number of endings is agreed to; stops where the import is not wanted."""
    ending = total.counts["ending"]
    if options.confirm is not None and options.confirm != ending:
        raise Stop(
            f"--confirm says {options.confirm}, and the file would end {count(ending, 'account')}."
        )
    if not options.yes:
        ends = f", and end {count(ending, 'account')}" if ending else ""
        print(f"Import it{ends}? Type yes to go on: ", end="", file=sys.stderr, flush=True)
        if sys.stdin.readline().strip().casefold() not in ("yes", "y", "oui", "o"):
            raise Stop("\nNot confirmed.")
        return True
    if options.confirm is not None:
        return True
    # How many accounts there are is not told; at most as many as known leases.
    known = total.counts["updated"] + total.counts["unchanged"]
    if ending > FEW and ending * ONE_IN > known:
        raise Stop(too_many(ending))
    return False


def write(api, part, agreed, whole):
    """Writes a part. The API refuses one that would end many accounts, unless told how many."""
    status, answer = api.send(part.body, **({"confirm": part.ending} if agreed else {}))
    if status == 409 and agreed and answer.get("ending", sys.maxsize) < part.ending:
        # An earlier attempt that was not answered has written some of it: fewer are left to end.
        status, answer = api.send(part.body, confirm=answer["ending"])
    if status == 409 and answer.get("code") == "too_many_endings":
        raise Stop(too_many(whole, answer))
    if status != 200:
        raise (Unanswered if status >= 500 else Stop)(words_of(status, answer))
    return answer


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise Stop(f"The file cannot be read: {error}") from error


def main(options):
    begun = written = 0
    try:
        is_json = options.file.lower().endswith((".ndjson", ".jsonl", ".json"))
        kind = options.format or ("ndjson" if is_json else "csv")
        media_type = {"csv": "text/csv", "ndjson": "application/x-ndjson"}[kind]
        file = File(read(options.file), media_type, options.charset)
        api = Api(options.portal, file.content_type)
        left_out = disagreeing(api, file)
        lines_left_out = [file.line(place) for place in left_out]
        parts = list(file.parts(left_out))
        total = attempt(api, parts, lines_left_out)
        total.tell(options.file)
        agreed = agree(total, options)
        done = Total(lines_left_out)
        # The parts that may be refused come first: then nothing else is written yet.
        parts.sort(key=lambda part: -part.ending)
        with Progress("importing", len(parts)) as progress:
            for part in parts:
                begun += 1
                done.add(part, write(api, part, agreed, total.counts["ending"]))
                written += 1
                progress.step()
    # Every failure must report what was written.
    except (Exception, KeyboardInterrupt) as stop:  # noqa: BLE001
        say(str(stop) if isinstance(stop, Stop) else f"It failed: {stop!r}")
        # A part that is refused is not written, not even in part.
        refused = type(stop) is Stop
        if written or (begun and not refused):
            perhaps = "" if refused else f", and perhaps some of part {begun}"
            say(
                f"Written: {written} of {count(len(parts), 'part')}{perhaps}."
                " Send the file again: what is written stays as it is."
            )
            return 3
        say("Nothing is written.")
        return 2
    print(json.dumps({**done.counts, "rejected": len(done.rejected)}))
    return 1 if done.rejected else 0


def encoding(name):
    try:
        codecs.lookup(name)
    except LookupError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    return name.lower()


def options():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=HELP, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("portal", help="where the portal is: https://…")
    parser.add_argument("file", help="the leases, CSV or NDJSON")
    parser.add_argument("--yes", action="store_true", help="go on without asking, for nightly runs")
    parser.add_argument(
        "--confirm", type=int, metavar="N", help="it is meant that N accounts end, all parts together"
    )
    parser.add_argument(
        "--format",
        choices=["csv", "ndjson"],
        help="instead of by the file's name: .ndjson, .jsonl and .json are NDJSON, others CSV",
    )
    parser.add_argument(
        "--charset",
        type=encoding,
        help="the file's encoding, where it is none of the above: iso-8859-15, macintosh",
    )
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main(options()))
