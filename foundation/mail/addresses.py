"""How an e-mail address is written here, so that the same mailbox is always the same text."""

from email.headerregistry import Address

from django.core.exceptions import ValidationError
from django.core.mail.utils import DNS_NAME
from django.core.validators import validate_email
from django.utils.encoding import punycode


class InvalidAddressError(ValueError):
    """This is no e-mail address. The message does not repeat it: it may be somebody's, mistyped."""


def normalise_address(address: str) -> str:
    """`address` without surrounding space, in lower case, its domain in ASCII (IDNA).

    Raises InvalidAddressError for anything that is not one plain address of at most 254 characters.
    """
    local, at, domain = address.strip().lower().rpartition("@")
    try:
        normalised = f"{local}@{punycode(domain)}" if at else ""
        validate_email(normalised)
        Address(addr_spec=normalised)
    except (ValidationError, ValueError) as error:  # UnicodeError of a domain that IDNA refuses is a ValueError
        raise InvalidAddressError("not an e-mail address") from error
    if len(normalised) > 254:
        raise InvalidAddressError("an e-mail address of more than 254 characters")
    return normalised


def domain_of(mailbox: str) -> str:
    """The domain of `Name <user@domain>` or `user@domain`; this machine's name where there is none."""
    return mailbox.rpartition("@")[2].rstrip("> ") or str(DNS_NAME)
