"""What a promotion says: one rendering for each language, the same in the preview, the test mail and the outbox."""

from typing import NamedTuple

from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.mail.messages import GREETING_MARK, NAME_MARK
from foundation.mail.rendering import RenderedMail, render_mail

from .emails.notices import place_of
from .event_times import when_in_words
from .models import Event, Promotion


class PromotionWords(NamedTuple):
    """A promotion in one language, its styles written in. The greeting of each reader is put in as it goes out."""

    subject: str
    text: str
    html: str
    greeting_by_name: str
    greeting: str

    def to_reader(self, name: str = "") -> RenderedMail:
        """As somebody of this given name reads it, or somebody whose name nobody knows."""
        greeting = self.greeting_by_name.replace(NAME_MARK, name) if name else self.greeting
        return RenderedMail(
            self.subject,
            self.text.replace(GREETING_MARK, greeting, 1),
            self.html.replace(GREETING_MARK, str(escape(greeting)), 1),
        )


def build(promotion: Promotion, language: str) -> PromotionWords:
    """What `promotion`, which need not be saved, says to readers of `language`.

    The subject and the introduction are as its group wrote them; the facts are those of the event as it is now, on the
    clocks of its venue; the exact address only where everybody may know it.
    """
    event = promotion.event
    with override(language):
        context = {
            "promotion": promotion,
            "event": event,
            "greeting": GREETING_MARK,
            "intro_language": "" if promotion.language == language else promotion.language,
            "when": when_in_words(event.starts_at, event.ends_at, event.time_zone),
            "place": place_of(event, is_exact=event.is_address_public),
            "link": absolute(event.get_absolute_url()),
            "hosts": _hosts(event, promotion),
        }
        greetings = (_("Hello %(name)s,") % {"name": NAME_MARK}, _("Hello,"))
    mail = render_mail("events/promotion", context, language)
    return PromotionWords(mail.subject, mail.text, mail.html, *greetings)


def _hosts(event: Event, promotion: Promotion) -> str:
    """Who holds it, as the mail names them: the group whose event it is, and the one that asks for the promotion."""
    names = [event.group.name] if event.group else []
    if promotion.group_id != event.group_id:
        names.append(promotion.group.name)
    return _("%(one)s and %(other)s") % {"one": names[0], "other": names[1]} if len(names) > 1 else names[0]
