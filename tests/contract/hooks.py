"""How Schemathesis sends the files of leases, which are neither JSON nor a form."""

import schemathesis


@schemathesis.serializer("text/csv", "application/x-ndjson")
def file(_context, value):
    """The file as it is; of anything else its text."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
