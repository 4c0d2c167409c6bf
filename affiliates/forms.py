"""What people fill in about groups."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.places.search import Place, PlaceError, find_place


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


class _FromSomebody(forms.Form):
    """Who writes: every field that a reply needs and no other."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("They reply to this address."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ContactForm(_FromSomebody):
    """A message to a group."""

    message = forms.CharField(label=_("Your message"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6}))


class StartForm(_FromSomebody):
    """The wish to start a group."""

    place = PlaceField(label=_("Where? A ZIP code, or city and state"))
    message = forms.CharField(
        label=_("What do you want to do there?"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class WatchForm(forms.Form):
    """ "Tell me when there is one": where, and how to reach the person."""

    place = PlaceField()
    email = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("We send one mail to confirm, and one when a group starts. Nothing else."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
