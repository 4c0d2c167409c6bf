"""A client that is signed in, in one expression."""

from django.test import Client

from foundation.accounts.models import User
from tests.signing_in import sign_in


def signed_in(user: User, *, second_factor: bool = False) -> Client:
    """A new client in whose session `user` signed in a moment ago, with their second factor or (usual here) without."""
    client = Client()
    sign_in(client, user, second_factor=second_factor)
    return client
