"""A promotion's mail in frames of a page: as people get it, in each language, and able to do nothing there."""

from typing import NamedTuple

from django.conf import settings
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.csp import csp_override

from foundation.mail.messages import with_unsubscribe_link
from foundation.mail.models import OutgoingMail
from foundation.mail.outbox_page import FRAMED

from ..audience import SCOPE
from ..models import Promotion
from ..promotion_mail import build


class Preview(NamedTuple):
    """The frames of one language: its code, its name, and the address of the mail."""

    language: str
    name: str
    address: str


def previews(url_name: str, pk: int) -> list[Preview]:
    """Where the mail is in each language; `url_name` takes `pk` and the language."""
    return [Preview(code, str(name), reverse(url_name, args=[pk, code])) for code, name in settings.LANGUAGES]


@csp_override(FRAMED)
@xframe_options_sameorigin
def mail_page(_request: object, promotion: Promotion, language: str) -> HttpResponse:
    """The HTML of the mail, for a frame. Its links lead nowhere from there. Raises Http404 for an unknown language."""
    if language not in dict(settings.LANGUAGES):
        raise Http404
    words = build(promotion, language).to_reader()
    footed = OutgoingMail(language=language, scope=SCOPE)
    _text, html = with_unsubscribe_link(footed, words.text, words.html, "#")
    return HttpResponse(html)
