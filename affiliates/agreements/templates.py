"""Versions of the agreement: drafted by staff, published once, never changed again."""

import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record

from ..models import AgreementTemplate, TemplateState
from .text import first_texts, read_texts, text_sha256


class TemplateError(Exception):
    """The version is not where this step begins; the message says why."""


class DraftChangedError(TemplateError):
    """Somebody else was faster."""


def begin_draft(*, actor: User | None) -> AgreementTemplate:
    """The draft of the next version: the one there is, or a new one with the words of the last."""
    with transaction.atomic():
        last = AgreementTemplate.objects.published().order_by("-version").first()
        # Of two who begin at once the second waits for the first, and gets that one's draft.
        draft, is_new = AgreementTemplate.objects.get_or_create(
            state=TemplateState.DRAFT,
            defaults={
                "version": last.version + 1 if last else 1,
                "texts": last.texts if last else first_texts(),
                "binding_language": last.binding_language if last else "en",
                "created_by": actor,
            },
        )
        if is_new:
            record(actor=actor, action="began agreement version", subject=f"agreement_template:{draft.pk}")
    return draft


def change_draft(
    *, template: AgreementTemplate, seen: str, texts: dict[str, Any], binding_language: str, actor: User
) -> None:
    """Write new words into a draft, of which `actor` saw the content with the hash `seen`.

    Raises AgreementTextError for what cannot be an agreement, DraftChangedError where somebody else has changed it
    since, TemplateError once it is published.
    """
    read_texts(texts)
    with transaction.atomic():
        locked = _draft(template)
        _see_that_it_is(locked, seen)
        locked.texts, locked.binding_language = texts, binding_language
        locked.save(update_fields=["texts", "binding_language"])
        record(actor=actor, action="changed agreement version", subject=f"agreement_template:{locked.pk}")


def publish_draft(
    *, template: AgreementTemplate, actor: User | None, now: datetime.datetime, seen: str | None = None
) -> AgreementTemplate:
    """From now on groups sign this version; its words never change.

    `seen` is the hash of the content that `actor` saw. Raises TemplateError where it is published, DraftChangedError
    where its content is another.
    """
    with transaction.atomic():
        locked = _draft(template)
        _see_that_it_is(locked, seen)
        read_texts(locked.texts)
        locked.sha256 = text_sha256(locked.texts, locked.binding_language)
        locked.state, locked.published_by, locked.published_at = TemplateState.PUBLISHED, actor, now
        locked.save()
        record(
            actor=actor, action="published agreement version", subject=f"agreement_template:{locked.pk}",
            version=locked.version, sha256=locked.sha256,
        )  # fmt: skip
    return locked


def _see_that_it_is(draft: AgreementTemplate, seen: str | None) -> None:
    if seen is not None and draft.content_sha256 != seen:
        raise DraftChangedError(_("Somebody else has changed the draft in the meantime."))


def _draft(template: AgreementTemplate) -> AgreementTemplate:
    locked = AgreementTemplate.objects.select_for_update().get(pk=template.pk)
    if locked.state != TemplateState.DRAFT:
        raise TemplateError(_("Version %(version)s is published and does not change.") % {"version": locked.version})
    return locked


def publish_first(*, now: datetime.datetime) -> AgreementTemplate:
    """Publish the network's own agreement where no version is published yet; the current one else."""
    with transaction.atomic():
        return AgreementTemplate.objects.current() or publish_draft(
            template=begin_draft(actor=None), actor=None, now=now
        )
