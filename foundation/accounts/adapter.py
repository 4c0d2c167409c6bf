"""What allauth asks of this site: how its mails go out and who the passkeys belong to."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django import forms
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from foundation.mail.addresses import InvalidAddressError, normalise_address
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from .language import present_language, remember_in_browser
from .models import User
from .permissions import can_remove_second_factor


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth has no types
    def new_user(self, request: HttpRequest) -> User:
        """An account made in Spanish stays in Spanish."""
        return User(language=present_language())

    def clean_email(self, email: str) -> str:
        """The address as it is written everywhere here, so that its owner is found by it."""
        try:
            return normalise_address(email)
        except InvalidAddressError as error:
            raise forms.ValidationError(_("Enter an e-mail address, such as name@example.org.")) from error

    def post_login(self, request: HttpRequest, user: User, **details: Any) -> HttpResponseBase:
        """Whoever signs in reads on in their own language."""
        response: HttpResponseBase = super().post_login(request, user, **details)
        remember_in_browser(response, user.language)
        return response

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue one of allauth's mails. `account/email/login_code` is `templates/accounts/mail/login_code.txt`.

        All are transactional: the person asks for them at this moment, or must hear of a change. Known and unknown
        addresses take the same way here, one rendered and one queued mail, so the time tells nothing.
        """
        name = template_prefix.rpartition("/")[2]
        user = context.get("user")
        language = user.language if isinstance(user, User) else present_language()
        mail = render_mail(f"accounts/{name}", context, language)
        purpose = name.replace("_", " ")
        queue_mail(
            to=email, **mail._asdict(), purpose=purpose, scope="account", language=language, is_transactional=True
        )


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth has no types
    def get_public_key_credential_rp_entity(self) -> dict[str, Any]:
        """The name that a passkey prompt shows."""
        entity: dict[str, Any] = super().get_public_key_credential_rp_entity()
        return {**entity, "name": settings.NETWORK_NAME}

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Asked by allauth for authenticator apps; RemovePasskeyView asks for passkeys."""
        return can_remove_second_factor(authenticator)
