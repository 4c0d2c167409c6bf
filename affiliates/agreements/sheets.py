"""The two documents of an agreement as PDFs: what is signed, and the certificate of completion."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation

from foundation.documents.kinds import Sheet, SubjectGoneError
from foundation.documents.rendering import render_pdf

from ..models import Agreement, AgreementTemplate, FundraisingOffice, Group
from .chain import chain_of
from .links import CHAIN_FILE, write_chain
from .text import AgreementText, blocks_of, read_texts

# A document for foundation.documents: a version as it will be signed, for staff to look at.
PREVIEW = "agreement_preview"
# The section beside which the office of the group's state is named.
OFFICE_SECTION = "campaign_finance"


def text_for_group(template: AgreementTemplate, group: Group, language: str) -> AgreementText:
    """The words of this version in this language, with the names in their places."""
    names = {"network": settings.NETWORK_NAME, "group": isolated(group.name), "place": isolated(group.place_name)}
    return read_texts(template.texts)[language].filled(names)


def text_for_nobody(template: AgreementTemplate, language: str) -> AgreementText:
    """The words of this version with what stands for the names: for its authors to look at."""
    with translation.override(language):
        names = {
            "network": settings.NETWORK_NAME,
            "group": translation.gettext("[name of the group]"),
            "place": translation.gettext("[place]"),
        }
        return read_texts(template.texts)[language].filled(names)


def isolated(name: str) -> str:
    """`name` between the marks that keep a name written from right to left from turning the words around it
    (Unicode FSI and PDI)."""
    return f"\u2068{name}\u2069" if any(ord(letter) >= 0x590 for letter in name) else name


def office_of(group: Group) -> FundraisingOffice | None:
    """The office of the group's state that says what holds for raising money there."""
    return FundraisingOffice.objects.filter(state=group.state).first() if group.state else None


def agreement_pdf(agreement: Agreement) -> bytes:
    """What is shown and signed. Takes about a second: for a worker."""
    with translation.override(agreement.language):
        text = text_for_group(agreement.version, agreement.group, agreement.language)
        office = office_of(agreement.group)
        return render_pdf(
            _agreement_sheet(agreement.version, text, agreement.language, agreement=agreement, office=office)
        )


def completion_pdf(agreement: Agreement) -> bytes:
    """Every event from the first look to the seal; the chain itself is attached, for programs (CHAIN_FILE)."""
    with translation.override(agreement.language):
        chain = chain_of(agreement)
        title = translation.gettext("Certificate of completion")
        context = {
            "agreement": agreement,
            "links": chain.links,
            "title": title,
            "group": isolated(agreement.group.name),
            "NETWORK_NAME": settings.NETWORK_NAME,
        }
        sheet = _sheet("affiliates/agreement/completion_pdf.html", title, context, agreement.language)
        return render_pdf(sheet, attachments={CHAIN_FILE: write_chain(chain)})


def build_preview(subject: str) -> Sheet:
    """The sheet of a PREVIEW in the active language; `subject` is "agreement_template:5"."""
    template = AgreementTemplate.objects.filter(pk=int(subject.partition(":")[2])).first()
    if template is None:
        raise SubjectGoneError
    language = translation.get_language() or template.binding_language
    return _agreement_sheet(template, text_for_nobody(template, language), language)


def _agreement_sheet(template: AgreementTemplate, text: AgreementText, language: str, **beside: Any) -> Sheet:
    context = {
        "template": template,
        "text": text,
        "introduction": blocks_of(text.introduction),
        "binding": language_in_words(template.binding_language),
        "binds": template.binding_language == language,
        "office_section": OFFICE_SECTION,
        "NETWORK_NAME": settings.NETWORK_NAME,
        **beside,
    }
    return _sheet("affiliates/agreement/agreement_pdf.html", text.title, context, language)


def language_in_words(code: str) -> str:
    """ "Spanish" for "es", in the active language."""
    return translation.gettext(translation.get_language_info(code)["name"])


def _sheet(template: str, title: str, context: dict[str, Any], language: str) -> Sheet:
    css = render_to_string("affiliates/agreement/pdf.css")
    return Sheet(title=title, html=render_to_string(template, context), css=css, language=language)
