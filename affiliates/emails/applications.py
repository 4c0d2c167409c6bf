"""The mails about an application to those who fill it in. Their links open the application and change nothing."""

import datetime
from typing import Any

from django.urls import reverse

from foundation.accounts.models import User
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..models import Agreement, Application
from . import absolute


def queue_started(application: Application, to: User) -> None:
    """ "Go on with your application here", at its start."""
    _queue(application, to, "application_started", purpose="application started", key="started")


def queue_link(application: Application, to: User, *, at: datetime.datetime) -> None:
    """The same, on request."""
    _queue(application, to, "application_started", purpose="application link", key=f"link:{at.timestamp()}")


def queue_filed(application: Application, to: User, *, at: datetime.datetime) -> None:
    """That staff have it, and what happens next."""
    _queue(application, to, "application_filed", purpose="application filed", key=f"filed:{at.timestamp()}")


def queue_withdrawn(application: Application, to: User) -> None:
    """To the other people of it: somebody of the group took it back."""
    _queue(application, to, "application_withdrawn", purpose="application withdrawn", key="withdrawn")


def queue_idle(application: Application, to: User, *, deleted_on: datetime.date) -> None:
    """That it lies unfinished, and when it will be deleted. A reminder: who unsubscribed does not get it."""
    _queue(
        application, to, "application_idle", purpose="application idle", key="idle", is_transactional=False,
        deleted_on=deleted_on,
    )  # fmt: skip


def queue_sign_again(application: Application, agreement: Agreement) -> None:
    """To the signer: the name or the place was changed after they had signed."""
    if agreement.signed_by:
        _queue(
            application, agreement.signed_by, "application_sign_again", purpose="agreement to sign again",
            key=f"sign again:{agreement.pk}", agreement=agreement,
        )  # fmt: skip


def _queue(
    application: Application,
    to: User,
    template: str,
    *,
    purpose: str,
    key: str,
    is_transactional: bool = True,
    **context: Any,
) -> None:
    link = absolute(reverse("application_status", args=[application.pk]))
    mail = render_mail(f"affiliates/{template}", {"application": application, "link": link, **context}, to.language)
    queue_mail(
        to=to.email,
        **mail._asdict(),
        purpose=purpose,
        scope=application.group.scope if application.group else "network",
        language=to.language,
        key=f"application:{application.pk}:{key}:{to.pk}",
        is_transactional=is_transactional,
    )
