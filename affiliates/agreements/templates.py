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


def begin_draft(*, actor: User | None) -> AgreementTemplate:
    """The draft of the next version: the one there is, or a new one with the words of the last."""
    with transaction.atomic():
        draft = AgreementTemplate.objects.filter(state=TemplateState.DRAFT).first()
        if draft:
            return draft
        last = AgreementTemplate.objects.order_by("-version").first()
        draft = AgreementTemplate.objects.create(
            version=last.version + 1 if last else 1,
            texts=last.texts if last else first_texts(),
            binding_language=last.binding_language if last else "en",
            created_by=actor,
        )
        record(actor=actor, action="began agreement version", subject=f"agreement_template:{draft.pk}")
    return draft


def change_draft(*, template: AgreementTemplate, texts: dict[str, Any], binding_language: str, actor: User) -> None:
    """Write new words into a draft. Raises AgreementTextError for what cannot be one, TemplateError once published."""
    read_texts(texts)
    with transaction.atomic():
        locked = _draft(template)
        locked.texts, locked.binding_language = texts, binding_language
        locked.save(update_fields=["texts", "binding_language"])
        record(actor=actor, action="changed agreement version", subject=f"agreement_template:{locked.pk}")


def publish_draft(*, template: AgreementTemplate, actor: User | None, now: datetime.datetime) -> AgreementTemplate:
    """From now on groups sign this version; its words never change. Raises TemplateError where it is published."""
    with transaction.atomic():
        locked = _draft(template)
        read_texts(locked.texts)
        locked.sha256 = text_sha256(locked.texts, locked.binding_language)
        locked.state, locked.published_by, locked.published_at = TemplateState.PUBLISHED, actor, now
        locked.save()
        record(
            actor=actor, action="published agreement version", subject=f"agreement_template:{locked.pk}",
            version=locked.version, sha256=locked.sha256,
        )  # fmt: skip
    return locked


def _draft(template: AgreementTemplate) -> AgreementTemplate:
    locked = AgreementTemplate.objects.select_for_update().get(pk=template.pk)
    if locked.state != TemplateState.DRAFT:
        raise TemplateError(_("Version %(version)s is published and does not change.") % {"version": locked.version})
    return locked
