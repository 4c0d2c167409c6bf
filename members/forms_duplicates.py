"""The form under two persons side by side."""

from typing import Any, NamedTuple

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .merging import CHOICE_LABELS, CHOICES, differences, proposed_to_keep, said_of
from .models import Duplicate, Person

SIDES = ("first", "second")


class PairForm(forms.Form):
    """Which of the two stays, and for each choice in which they differ whose word counts; "first" or "second"."""

    def __init__(self, *args: Any, pair: Duplicate, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pair = pair
        self.differing = differences(pair.first, pair.second)
        proposed = "first" if proposed_to_keep(pair.first, pair.second) == pair.first else "second"
        sides = [("first", gettext_lazy("the person on the left")), ("second", gettext_lazy("the person on the right"))]
        missing = {"required": gettext_lazy("Choose one of the two.")}
        for name in ("keep", *self.differing):
            label = CHOICE_LABELS.get(name, gettext_lazy("Who stays"))
            self.fields[name] = forms.ChoiceField(
                label=label, choices=sides, widget=forms.RadioSelect, initial=proposed, error_messages=missing
            )

    @property
    def kept(self) -> Person:
        """Who stays."""
        return self.pair.first if self.cleaned_data["keep"] == "first" else self.pair.second

    @property
    def gone(self) -> Person:
        """Who becomes part of the other."""
        return self.pair.second if self.cleaned_data["keep"] == "first" else self.pair.first

    @property
    def choices(self) -> list[str]:
        """Those of CHOICES in which the word of the one who goes counts."""
        return [name for name in self.differing if self.cleaned_data[name] != self.cleaned_data["keep"]]


class Cell(NamedTuple):
    """What one of the two says. `side` is given where somebody has to choose."""

    texts: list[str]
    side: str = ""
    is_chosen: bool = False


class Line(NamedTuple):
    """A line of the comparison. `name` is the form's field where somebody has to choose."""

    label: str
    cells: list[Cell]
    differs: bool
    name: str = ""


def side_by_side(pair: Duplicate, form: PairForm) -> list[Line]:
    """All that helps to tell whether the two are one. What they differ in, but need no choice about, stays of both."""
    lines = [_choice(pair, form, name) for name in CHOICES]
    lines += [
        _line(_("All e-mail addresses"), *([email.address for email in one.emails.all()] for one in _both(pair))),
        _line(_("Phone"), *([str(phone.number) for phone in one.phones.all()] for one in _both(pair))),
        _line(_("Login"), *([_("Yes") if one.user_id else _("No")] for one in _both(pair))),
        _line(_("Known since"), *([date_format(one.created_at)] for one in _both(pair))),
        _line(_("Member since"), *([_member_since(one)] for one in _both(pair))),
    ]
    return lines


def _both(pair: Duplicate) -> tuple[Person, Person]:
    return pair.first, pair.second


def _choice(pair: Duplicate, form: PairForm, name: str) -> Line:
    texts = [said_of(one, name) for one in _both(pair)]
    label = str(CHOICE_LABELS[name])
    if name not in form.differing:
        return _line(label, *([text] for text in texts))
    chosen = form[name].value()
    cells = [Cell([text], side, side == chosen) for text, side in zip(texts, SIDES, strict=True)]
    return Line(label, cells, differs=True, name=name)


def _line(label: str, first: list[str], second: list[str]) -> Line:
    return Line(label, [Cell([text for text in side if text]) for side in (first, second)], differs=first != second)


def _member_since(person: Person) -> str:
    membership = getattr(person, "membership", None)
    return date_format(membership.since) if membership else ""
