"""What staff fill in about people: a search, a note, a tag, the reason of an export."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import Tag
from .people_export import SHORTEST_REASON
from .search import LONGEST_TEXT, Search, SearchError, understand


class SearchForm(forms.Form):
    """One field for whatever somebody knows of a person. `search` is what was understood."""

    hide_optional = True
    search: Search | None = None
    q = forms.CharField(
        label=_("Name, e-mail address, phone number or ZIP code"),
        max_length=LONGEST_TEXT,
        help_text=_("Also group: or tag: with a name behind it. The beginning of a name or address is enough."),
        error_messages={"required": _("Enter a name, an e-mail address, a phone number, or a ZIP code.")},
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_q(self) -> str:
        typed: str = self.cleaned_data["q"]
        try:
            self.search = understand(typed)
        except SearchError as error:
            raise forms.ValidationError(str(error)) from error
        return typed


class NoteForm(forms.Form):
    """A note about a person."""

    text = forms.CharField(
        label=_("New note"),
        max_length=4000,
        help_text=_("The person can read it in their export."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class TagForm(forms.Form):
    """The name of a tag, new or changed."""

    name = forms.CharField(label=_("Name of the tag"), max_length=40)


class PersonTagForm(forms.Form):
    """A tag for one person."""

    tag = forms.ModelChoiceField(label=_("Tag"), queryset=Tag.objects.all(), empty_label=_("Choose a tag"))


class ManyTagForm(forms.Form):
    """A tag for many. `count` is how many people the page said there are."""

    PUT_ON, TAKE_OFF = "on", "off"
    tag = forms.ModelChoiceField(label=_("Tag"), queryset=Tag.objects.all(), empty_label=_("Choose a tag"))
    act = forms.ChoiceField(
        label=_("What to do"),
        choices=[(PUT_ON, _("Put it on all of them")), (TAKE_OFF, _("Take it off all of them"))],
        initial=PUT_ON,
        widget=forms.RadioSelect,
    )
    count = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def told(self, count: int) -> None:
        """Show the form again with this number of people in it, whatever was sent."""
        self.data: Any = {**self.data.dict(), "count": str(count)} if self.is_bound else self.data
        self.initial["count"] = count


class ExportForm(forms.Form):
    """Why the file is needed."""

    reason = forms.CharField(
        label=_("What do you need the file for?"),
        min_length=SHORTEST_REASON,
        max_length=500,
        help_text=_("It is kept with your name and the number of people. Name nobody in it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
