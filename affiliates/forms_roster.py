"""What organizers fill in about their roster: a search, a tag, a note, an invitation, a message."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from foundation.accounts.language import present_language
from foundation.mail.addresses import InvalidAddressError, normalise_address

from .models import Group, JoinedBy
from .roster_lists import LONGEST_TEXT, RosterSelection, WhoIsShown


class RosterSearchForm(forms.Form):
    """One field for whatever an organizer knows of somebody on the roster."""

    hide_optional = True
    words = forms.CharField(
        label=_("Name, e-mail address, phone number or ZIP code"),
        max_length=LONGEST_TEXT,
        required=False,
        help_text=_("Finds people who share their details with you."),
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )


class RosterFilterForm(forms.Form):
    """The filters of the roster, none of which names anybody: they may stand in an address."""

    hide_optional = True
    who = forms.ChoiceField(
        label=_("Who"),
        required=False,
        choices=[
            ("", _("everybody who shares their details")),
            (WhoIsShown.WANTS_MAIL.value, _("those who want our mails")),
            (WhoIsShown.NO_MAIL.value, _("those who want no mails of ours")),
            (WhoIsShown.NOT_SHARING.value, _("those who do not share their details")),
        ],
    )
    how = forms.ChoiceField(
        label=_("How they joined"), required=False, choices=[("", _("in any way")), *JoinedBy.choices]
    )
    tag = forms.ChoiceField(label=_("Tag"), required=False)

    def __init__(self, *args: Any, group: Group, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        tags = group.roster_tags.order_by(Lower("name"), "pk").values_list("pk", "name")
        self.fields["tag"].choices = [("", _("with or without tags")), *((str(pk), name) for pk, name in tags)]  # type: ignore[attr-defined]

    def selection(self, words: str) -> RosterSelection:
        """What is asked for; a filter that there is not is passed over."""
        self.is_valid()
        given = self.cleaned_data
        return RosterSelection(
            words=words,
            tag=int(given["tag"]) if given.get("tag") else None,
            how=given.get("how", ""),
            who=WhoIsShown(given.get("who") or WhoIsShown.SHARING),
        )


class RosterTagForm(forms.Form):
    """A tag for one person."""

    name = forms.CharField(
        label=_("New tag"), max_length=40, help_text=_("A word of your group’s own, such as driver or Saturdays.")
    )


class RosterNoteForm(forms.Form):
    """A note about a person of the roster."""

    text = forms.CharField(
        label=_("New note"),
        max_length=2000,
        help_text=_("The person can read it in their export."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class RosterInvitationForm(forms.Form):
    """Whom to invite."""

    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )
    given_name = forms.CharField(label=_("First name"), max_length=120, required=False)
    family_name = forms.CharField(label=_("Last name"), max_length=120, required=False)
    language = forms.ChoiceField(
        label=_("Language of the invitation"), choices=settings.LANGUAGES, initial=present_language
    )

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"])
        except InvalidAddressError as error:
            raise forms.ValidationError(_("Enter an e-mail address, such as name@example.org.")) from error


class GroupMessageForm(forms.Form):
    """A message to the roster. Who answers reaches one of `addresses`."""

    subject = forms.CharField(label=_("Subject"), max_length=120)
    text = forms.CharField(
        label=_("Message"),
        max_length=10_000,
        help_text=_("Plain text. Addresses of web pages become links, blank lines part paragraphs."),
        widget=forms.Textarea(attrs={"rows": 12}),
    )
    reply_to = forms.ChoiceField(
        label=_("Who gets the answers?"),
        help_text=_("Everybody who gets the message can see this address."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, addresses: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reply_to"].choices = [(address, address) for address in addresses]  # type: ignore[attr-defined]
        self.fields["reply_to"].initial = addresses[0]

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())
