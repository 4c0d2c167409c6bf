"""What the mails of a test say."""

import re

from foundation.mail.models import OutgoingMail

_CODE = re.compile(r"^ {4}([A-Z]{4}-[A-Z]{4})$", re.MULTILINE)


def latest_mail(address: str) -> OutgoingMail:
    """The newest mail to this address."""
    return OutgoingMail.objects.filter(to_email=address).latest("pk")


def code_in(mail: OutgoingMail) -> str:
    """The code of a mail that brings one."""
    found = _CODE.search(mail.text)
    assert found, mail.text
    return found.group(1)
