"""Posting and confirming sign-ups in tests, the way people do."""

import re
from typing import Any

from django.test import Client
from django.utils import timezone

from affiliates import sign_up_forms
from affiliates.models import Group, SignUp, SignUpForm
from foundation.mail.models import OutgoingMail
from tests.factories import make_user

ADA = {"given_name": "Ada", "family_name": "Díaz", "email": "Ada@Example.org"}


def make_form(group: Group | None = None, **content: Any) -> SignUpForm:
    """An open form that asks name and place, and for mail."""
    usual: Any = {
        "title": "Help at the table",
        "intro": "",
        "known_fields": ["name", "place"],
        "consents": ["sharing", "group_mail"] if group else ["network_mail"],
        "languages": ["en", "es"],
    }
    usual |= content
    made = sign_up_forms.create_form(group=group, content=usual, actor=make_user(), now=timezone.now())
    made.refresh_from_db()
    return made


def link_in(mail: OutgoingMail) -> str:
    """The path of the link that confirms."""
    found = re.search(r"/join/[^/\s]+/", mail.text)
    assert found, mail.text
    return found[0]


def post(client: Client, path: str, **typed: Any) -> str:
    """Post it, and the path of the mailed link."""
    response = client.post(path, {**ADA, **typed})
    assert response.status_code in {200, 302}, response.content.decode()
    return link_in(OutgoingMail.objects.latest("pk"))


def confirm(client: Client, link: str) -> SignUp:
    """Press the button behind the link."""
    assert client.post(link, {"do": "confirm"}).headers["Location"] == link
    return SignUp.objects.latest("confirmed_at")
