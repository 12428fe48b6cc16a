"""Signs in with a client generated from docs/openapi.json: sign_in.py ADDRESS EMAIL PASSWORD."""

import sys

from espace_locataire import AuthenticatedClient, Client
from espace_locataire.api.account import get_account
from espace_locataire.api.sessions import list_sessions, login
from espace_locataire.models import LoginBody, Problem, SignedIn

address, email, password = sys.argv[1:]

with Client(base_url=address) as client:
    refused = login.sync(client=client, body=LoginBody(email=email, password="pas celui-ci 1"))
    assert isinstance(refused, Problem), refused
    print(refused.code.value)
    signed_in = login.sync(client=client, body=LoginBody(email=email, password=password))
    assert isinstance(signed_in, SignedIn), signed_in

with AuthenticatedClient(base_url=address, token=signed_in.access_token) as client:
    account = get_account.sync(client=client)
    assert account == signed_in.account, account
    print(account.lease)
    print(len(list_sessions.sync(client=client).sessions), "sessions")

with AuthenticatedClient(base_url=address, token="none") as client:
    print(get_account.sync(client=client).code.value)
