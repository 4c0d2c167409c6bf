"""What people fill in about groups."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as translated
from django.utils.translation import gettext_lazy as _

from foundation.places.search import Place, PlaceError, find_place


def plausible_year(day: datetime.date) -> None:
    """A validator of days that somebody plans for: on the clocks of a zone, the ends of the calendar are no moments."""
    if not 1990 <= day.year <= 2099:
        raise forms.ValidationError(translated("The year %(year)s cannot be right.") % {"year": day.year}, code="year")


class OneLineField(forms.CharField):
    """A title or a name that stands in mails: one line, whatever is posted. Mails make buttons and lists of lines."""

    def to_python(self, value: Any) -> str:
        return " ".join(str(super().to_python(value) or "").split())


class PlaceField(forms.CharField):
    """A ZIP code or "Cambridge, MA"; cleans to a Place, with the search's own words where it is none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("ZIP code, or city and state"))
        kwargs.setdefault("max_length", 200)
        kwargs.setdefault("widget", forms.TextInput(attrs={"autocomplete": "postal-code"}))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Place | None:
        text = super().clean(value)
        if not text:
            return None
        try:
            return find_place(text)
        except PlaceError as error:
            raise forms.ValidationError(str(error), code="place") from error


class ContactForm(forms.Form):
    """A message to a group, with what a reply needs."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("They reply to this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    message = forms.CharField(label=_("Your message"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))


class WatchForm(forms.Form):
    """ "Tell me when there is one": where, and how to reach the person."""

    place = PlaceField()
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send one mail to confirm, and one when a group starts. Nothing else."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ElsewhereForm(forms.Form):
    """What is known of an agreement that was signed before the group came to this site."""

    signed_name = forms.CharField(
        label=_("Who signed for the group"),
        max_length=120,
        help_text=_("As it stands on the agreement that both sides signed elsewhere."),
    )
    signed_at = forms.DateField(
        label=_("When"),
        required=False,
        help_text=_("Leave it empty where nobody knows any more."),
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def clean_signed_at(self) -> datetime.datetime | None:
        """The day as noon UTC: the same day wherever it is read."""
        day: datetime.date | None = self.cleaned_data["signed_at"]
        if day is None:
            return None
        moment = datetime.datetime.combine(day, datetime.time(12), tzinfo=datetime.UTC)
        if day > timezone.now().date():
            raise forms.ValidationError(translated("This day has not come yet."), code="future")
        return moment
