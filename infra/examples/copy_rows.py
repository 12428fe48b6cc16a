#!/usr/bin/env python3
"""Copies the rows of a restored table back into the one that is in use.

    copy_rows.py FROM TO            every row; what TO has beside stays
    copy_rows.py FROM TO --mirror   and deletes what FROM has not: TO is then as FROM
    copy_rows.py FROM TO --unsent   only mails that still waited and can still be sent: for `tokens`

Needs boto3 and the rights to read one table and write the other. Can be run again at any point.
"""

import sys
import time

import boto3

# Seconds that a new mail is left to the stream before a sweep takes it.
LEFT_TO_STREAM = 30


def rows(table, **only):
    """Every row of `table`, page by page."""
    while True:
        page = table.scan(**only)
        yield from page["Items"]
        if "LastEvaluatedKey" not in page:
            return
        only["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def main(source, target, how=None):
    if how not in (None, "--mirror", "--unsent"):
        sys.exit(__doc__)
    dynamodb = boto3.resource("dynamodb")
    source, target = dynamodb.Table(source), dynamodb.Table(target)
    copied = deleted = 0
    kept = set()
    now = int(time.time())
    with target.batch_writer() as batch:
        for row in rows(source):
            if how == "--unsent":
                if "outbox" not in row or row["expires_at"] <= now:
                    continue
                # As new: the stream takes only what was never tried, and what was tried long ago
                # and not answered must not count as sent.
                row.update(attempts=0, unanswered=0, admitted=False, try_at=now + LEFT_TO_STREAM)
            batch.put_item(row)
            kept.add(row["pk"])
            copied += 1
    if how == "--mirror":
        with target.batch_writer() as batch:
            for row in rows(target, ProjectionExpression="pk"):
                if row["pk"] not in kept:
                    batch.delete_item({"pk": row["pk"]})
                    deleted += 1
    print(f"{copied} copied, {deleted} deleted")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit(__doc__)
    main(*sys.argv[1:])
