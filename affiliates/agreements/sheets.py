"""The two documents of an agreement as PDFs: what is signed, and the certificate of completion."""

import json
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from foundation.documents.kinds import Sheet
from foundation.documents.rendering import render_pdf

from ..models import Agreement, AgreementTemplate, Group
from .chain import links_of
from .text import AgreementText, read_texts

CHAIN_FILE = "events.json"


def text_for_group(template: AgreementTemplate, group: Group, language: str) -> AgreementText:
    """The words of this version in this language, with the names in their places."""
    names = {"network": settings.NETWORK_NAME, "group": group.name, "place": group.place_name}
    return read_texts(template.texts)[language].filled(names)


def agreement_pdf(agreement: Agreement) -> bytes:
    """What is shown and signed. Takes about a second: for a worker."""
    with translation.override(agreement.language):
        text = text_for_group(agreement.version, agreement.group, agreement.language)
        context = {
            "agreement": agreement,
            "text": text,
            "binding": dict(settings.LANGUAGES)[agreement.version.binding_language],
            "binds": agreement.version.binding_language == agreement.language,
            "NETWORK_NAME": settings.NETWORK_NAME,
        }
        return render_pdf(_sheet("affiliates/agreement/agreement_pdf.html", text.title, context, agreement.language))


def completion_pdf(agreement: Agreement) -> bytes:
    """Every event from the first look to the seal; the chain itself is attached, for programs (CHAIN_FILE)."""
    with translation.override(agreement.language):
        links = links_of(agreement)
        title = translation.gettext("Certificate of completion")
        context = {"agreement": agreement, "links": links, "title": title, "NETWORK_NAME": settings.NETWORK_NAME}
        sheet = _sheet("affiliates/agreement/completion_pdf.html", title, context, agreement.language)
        chain = {"agreement": agreement.reference, "events": [link._asdict() for link in links]}
        return render_pdf(sheet, attachments={CHAIN_FILE: json.dumps(chain, ensure_ascii=False, indent=1).encode()})


def _sheet(template: str, title: str, context: dict[str, Any], language: str) -> Sheet:
    css = render_to_string("affiliates/agreement/pdf.css")
    return Sheet(title=title, html=render_to_string(template, context), css=css, language=language)
