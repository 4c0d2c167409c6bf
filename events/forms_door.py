"""What is typed at the door, from the sheet, and by whoever checks themselves in."""

import datetime
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from foundation.accounts.language import present_language
from foundation.mail.addresses import InvalidAddressError, normalise_address
from members.people import Contact

from .models import MOST_GUESTS, Event
from .sending import MOST_AT_ONCE, Do, Press
from .sheets import SIZES
from .walk_ins import WalkIn, inviting_group

PAPER_LINES = 10
_OFF = {"autocomplete": "off", "spellcheck": "false"}


class WalkInForm(forms.Form):
    """Somebody who is not on the list, in three fields, and whether they want to hear from the group."""

    given_name = forms.CharField(label=_("First name"), max_length=120, widget=forms.TextInput(attrs=_OFF))
    family_name = forms.CharField(
        label=_("Last name"), max_length=120, required=False, widget=forms.TextInput(attrs=_OFF)
    )
    contact = forms.CharField(
        label=_("E-mail address or phone number"),
        max_length=254,
        widget=forms.TextInput(attrs={**_OFF, "autocapitalize": "none", "inputmode": "email"}),
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if group := inviting_group(event):
            label = gettext("They want to join %(group)s. We send an invitation, and they choose.")
            self.fields["invite"] = forms.BooleanField(label=label % {"group": group.name}, required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("contact"):
            given["email"], given["phone"] = self._email_and_phone(given["contact"])
            if given.get("invite") and not given["email"]:
                self.add_error("contact", gettext("An invitation goes by e-mail: enter an address, or untick it."))
        return given

    def _email_and_phone(self, text: str) -> tuple[str, str]:
        try:
            if "@" in text:
                return normalise_address(text), ""
            return "", PhoneNumberField().clean(text).as_e164
        except (InvalidAddressError, forms.ValidationError):
            self.add_error(
                "contact", gettext("Enter an address such as name@example.org, or a number such as 617-555-0123.")
            )
            return "", ""

    @property
    def walk_in(self) -> WalkIn:
        """What was filled in, from a form that is valid."""
        given = self.cleaned_data
        return WalkIn(
            given_name=given["given_name"],
            family_name=given["family_name"],
            email=given["email"],
            phone=given["phone"],
            wants_invitation=bool(given.get("invite")),
        )


class SelfCheckInForm(forms.Form):
    """Whoever stands at the door and is not signed in."""

    given_name = forms.CharField(
        label=_("First name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    family_name = forms.CharField(
        label=_("Last name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"])
        except InvalidAddressError as error:
            raise forms.ValidationError(gettext("Enter an e-mail address, such as name@example.org.")) from error

    @property
    def contact(self) -> Contact:
        """What was filled in, from a form that is valid."""
        return Contact(**self.cleaned_data, language=present_language())


class PaperSizeForm(forms.Form):
    """On what the sheet is printed."""

    size = forms.ChoiceField(label=_("Paper"), choices=[("letter", "Letter"), ("a4", "A4")])

    @property
    def kind(self) -> str:
        """The kind of document, from a form that is valid."""
        return SIZES[self.cleaned_data["size"]]


def written_lines(event: Event, data: Mapping[str, Any] | None = None) -> list[WalkInForm]:
    """The blank lines of the page on which the sheet is entered; one that stays blank is no error."""
    return [
        WalkInForm(
            data,
            event=event,
            prefix=f"line-{number}",
            empty_permitted=True,
            use_required_attribute=False,
        )
        for number in range(PAPER_LINES)
    ]


# --- presses --------------------------------------------------------------------------------------------------


class MalformedPressesError(ValueError):
    """What the page sent is no list of presses, or a longer one than it may send at once."""


def guests_of(text: object) -> int:
    """A number of guests as typed; one that is none is -1, which the door refuses in words."""
    words = str(text).strip()
    return int(words) if words.isascii() and words.isdigit() and len(words) <= 2 else -1


def press_of(event: Event, data: Mapping[str, Any]) -> Press:
    """The button of a line that was pressed, from the form that all lines are in: its name says what, its value who."""
    for do in (Do.CHECK_IN, Do.UNDO):
        if who := data.get(do):
            return Press(do=do, who=str(who), guests=guests_of(data.get(f"guests-{who}", 0)))
    return Press(do=Do.CHECK_IN)


def read_presses(event: Event, body: bytes) -> list[tuple[UUID, Press]]:
    """What the page sent as JSON: {"presses": [{"key", "do", "who", "guests", "ago", "typed"}]}, `ago` in seconds.

    Raises MalformedPressesError for anything else and for more than 100.
    """
    try:
        presses = json.loads(body)["presses"]
        if not isinstance(presses, list) or len(presses) > MOST_AT_ONCE:
            raise MalformedPressesError
        return [(UUID(str(one["key"])), _read(event, one)) for one in presses]
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise MalformedPressesError from error


def _read(event: Event, one: Mapping[str, Any]) -> Press:
    do, ago = Do(one["do"]), datetime.timedelta(seconds=float(one.get("ago", 0)))
    if do != Do.WALK_IN:
        return Press(do=do, who=str(one["who"]), guests=guests_of(one.get("guests", 0)), ago=ago)
    form = WalkInForm({name: _whole(value) for name, value in dict(one["typed"]).items()}, event=event)
    if form.is_valid():
        return Press(do=do, ago=ago, walk_in=form.walk_in)
    return Press(do=do, ago=ago, problem=" ".join(str(words) for errors in form.errors.values() for words in errors))


def _whole(value: object) -> object:
    """A text without halves of letters (lone surrogates): JSON carries them and the database stores none, so that what
    was cut off in the middle of one would hold up all that the phone has queued behind it."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


GUEST_CHOICES = range(MOST_GUESTS + 1)
