"""Staff ask for the PDF of a version before anybody signs it."""

from django.urls import reverse

from foundation.documents.kinds import Visitor

from ..models import AgreementTemplate
from ..permissions import can_edit_agreement_text


def preview_subject(template: AgreementTemplate) -> str:
    """The key by which the documents know this version."""
    return f"agreement_template:{template.pk}"


def may_open_preview(visitor: Visitor, subject: str) -> bool:
    return can_edit_agreement_text(visitor)


def back_from_preview(subject: str) -> str:
    """The page on which the PDF was asked for."""
    template = AgreementTemplate.objects.filter(pk=int(subject.partition(":")[2])).first()
    return reverse("agreement_text", args=[template.version]) if template else reverse("agreement_texts")
