"""What staff fill in about races and candidates."""

import datetime
import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from foundation.places.areas import AreaError, Recipe, zip_codes_in
from foundation.places.models import Area
from foundation.places.place import PlaceError
from foundation.places.search import find_place
from foundation.places.states import MILITARY_STATES, STATES

from .candidates import MOST_LINKS, CandidatePlan
from .models import Level, Race, Result
from .race_areas import MOST_MILES, radius_around
from .races import RacePlan
from .research import ACCEPTED, ResearchFile

DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LINKS_SHOWN = 3
MOST_AREAS = 200


def level_choices() -> list[tuple[str, str]]:
    """The levels, behind none of them."""
    return [("", _("Choose")), *capitalised(Level.choices)]


def capitalised(choices: Iterable[tuple[str, Any]]) -> list[tuple[str, str]]:
    """Choices whose labels stand alone, and so begin with a capital."""
    return [(value, capfirst(str(label))) for value, label in choices]


def state_choices(empty: Any) -> list[tuple[str, Any]]:
    """The states by name, behind `empty` for none of them."""
    by_name = sorted(
        ((code, state.name) for code, state in STATES.items() if code not in MILITARY_STATES), key=lambda one: one[1]
    )
    return [("", empty), *by_name]


def _text(label: Any, *, rows: int, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **options)


class RevisionForm(forms.Form):
    """An act on a race as it was read."""

    revision = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)


class RaceForm(RevisionForm):
    """A race, as staff write it down."""

    office = forms.CharField(
        label=gettext_lazy("Office"), max_length=120, help_text=gettext_lazy("Such as State Senate, or Mayor.")
    )
    district = forms.CharField(
        label=gettext_lazy("District, city or county"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Such as 7, 57A, or Akron. Leave it empty for a whole state."),
    )
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=level_choices)
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    party = forms.CharField(
        label=gettext_lazy("Party"),
        max_length=80,
        required=False,
        help_text=gettext_lazy("Whose office it is, or whose primary, if it is one."),
    )
    election_date = forms.DateField(label=gettext_lazy("Election"), widget=DAY_INPUT)
    primary_date = forms.DateField(label=gettext_lazy("Primary election"), widget=DAY_INPUT, required=False)
    filing_deadline = forms.DateField(label=gettext_lazy("Last day to file"), widget=DAY_INPUT, required=False)
    is_open_seat = forms.BooleanField(label=gettext_lazy("Nobody who holds the office runs again"), required=False)
    about = _text(gettext_lazy("About the race"), rows=5, max_length=4_000, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = state_choices(_("the whole country"))  # type: ignore[attr-defined]

    def plan(self, area_id: int | None = None) -> RacePlan:
        """What was filled in, in this area. Only after is_valid()."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        return RacePlan(**given, area_id=area_id)


class BecauseForm(forms.Form):
    """A reason, in the words that `label` and `hint` ask for."""

    because = _text("", rows=4, max_length=500)

    def __init__(self, *args: Any, label: str, hint: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["because"].label, self.fields["because"].help_text = label, hint


class FoldForm(forms.Form):
    """Which of the races that are here a proposed one is."""

    race = forms.ModelChoiceField(
        label=gettext_lazy("Which race is it?"),
        queryset=Race.objects.none(),
        empty_label=gettext_lazy("Choose one"),
        error_messages={"required": gettext_lazy("Choose the race that it is.")},
    )

    def __init__(self, *args: Any, races: QuerySet[Race], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["race"]
        field.queryset = races  # type: ignore[attr-defined]
        field.label_from_instance = lambda race: f"{race}, {race.election_date:%Y-%m-%d}"  # type: ignore[attr-defined]


class AreaForm(RevisionForm):
    """Where a race is: an area that is here, or one made of states, counties, ZIP codes, or a radius."""

    hide_optional = True

    HOW = (
        ("area", gettext_lazy("An area that is here already")),
        ("states", gettext_lazy("Whole states")),
        ("counties", gettext_lazy("Counties")),
        ("zip_codes", gettext_lazy("ZIP codes")),
        ("radius", gettext_lazy("A radius around a place")),
        ("none", gettext_lazy("Nobody knows yet")),
    )

    how = forms.ChoiceField(label=gettext_lazy("How is the area known?"), choices=HOW, widget=forms.RadioSelect)
    area = forms.ModelChoiceField(
        label=gettext_lazy("Area"), queryset=Area.objects.none(), required=False, empty_label=gettext_lazy("Choose")
    )
    states = forms.CharField(
        label=gettext_lazy("States"), required=False, help_text=gettext_lazy("Two letters each, such as MA, NH.")
    )
    counties = _text(
        gettext_lazy("Counties"),
        rows=3,
        required=False,
        help_text=gettext_lazy("One a line with its state, such as Middlesex, MA."),
    )
    zip_codes = _text(
        gettext_lazy("ZIP codes"), rows=4, required=False, help_text=gettext_lazy("As a list, in any order.")
    )
    place = forms.CharField(
        label=gettext_lazy("Middle of the circle"),
        required=False,
        max_length=120,
        help_text=gettext_lazy("A ZIP code, or a city and state."),
    )
    miles = forms.FloatField(label=gettext_lazy("Miles around it"), required=False, min_value=1, max_value=MOST_MILES)
    name = forms.CharField(
        label=gettext_lazy("Name of the new area"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Such as Cambridge, wards 1 to 3. Without one it is called as the race."),
    )

    def __init__(self, *args: Any, race: Race, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._race = race
        self.recipe: Recipe | None = None
        areas = Area.objects.order_by("name", "pk")
        if race.state:
            areas = areas.filter(members__zip_code__state=race.state).distinct()
        field: Any = self.fields["area"]
        field.queryset = areas
        field.choices = [("", _("Choose")), *((area.pk, _area_label(area)) for area in areas[:MOST_AREAS])]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        how = cleaned.get("how")
        if how == "area" and not cleaned.get("area") and "area" not in self.errors:
            self.add_error("area", _("Choose the area."))
        if how in {"states", "counties", "zip_codes", "radius"}:
            self._read(how, cleaned)
        return cleaned

    def _read(self, how: str, cleaned: dict[str, Any]) -> None:
        """Fill `recipe`; what is wrong with it stands at the field that it came from."""
        at = "place" if how == "radius" else how
        try:
            recipe = _recipe(how, cleaned)
            if recipe is None:
                self.add_error(at, _("Say where it is."))
                return
            zip_codes_in(recipe)
            self.recipe = recipe
        except (AreaError, PlaceError) as error:
            self.add_error(at, str(error))

    @property
    def area_name(self) -> str:
        """What a new area is called. Only after is_valid()."""
        typed: str = " ".join(self.cleaned_data["name"].split())
        return typed or str(self._race)[:120]


def _recipe(how: str, cleaned: dict[str, Any]) -> Recipe | None:
    """The recipe of what was typed, None for nothing. Raises AreaError and PlaceError."""
    text: str = cleaned.get("place" if how == "radius" else how) or ""
    if not text.strip():
        return None
    if how == "states":
        return Recipe(states=tuple(dict.fromkeys(re.findall(r"\w+", text.upper()))))
    if how == "counties":
        return Recipe(counties=tuple(_county(line) for line in text.splitlines() if line.strip()))
    if how == "zip_codes":
        return Recipe(zip_codes=tuple(dict.fromkeys(re.split(r"[\s,;]+", text.strip(" \t\r\n,;")))))
    place, miles = find_place(text), cleaned.get("miles")
    if miles is None:
        raise AreaError(_("Say how many miles around it."))
    return radius_around(place, miles)


def _county(line: str) -> tuple[str, str]:
    county, comma, state = line.rpartition(",")
    if not comma:
        raise AreaError(_("Write the state behind each county, such as Middlesex, MA."))
    return county.strip(), state.strip().upper()


def _area_label(area: Area) -> str:
    return f"{area.name} ({area.code}, {area.edition})" if area.code else area.name


class CandidateForm(forms.Form):
    """A candidate, as staff write them down."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, help_text=gettext_lazy("As it stands on the ballot.")
    )
    party = forms.CharField(label=gettext_lazy("Party"), max_length=80, required=False)
    is_incumbent = forms.BooleanField(label=gettext_lazy("Holds the office now"), required=False)
    about = _text(gettext_lazy("About the candidate"), rows=5, max_length=4_000, required=False)
    email = forms.CharField(
        label=gettext_lazy("E-mail address of the campaign"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("The questionnaire goes there. It is never shown."),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        filled = len(self.initial.get("links", ()))
        self._rows = min(MOST_LINKS, max(LINKS_SHOWN, filled + 1))
        for number in range(1, self._rows + 1):
            self.fields[f"label_{number}"] = forms.CharField(
                label=_("Link %(number)s: what it is called") % {"number": number}, max_length=40, required=False
            )
            self.fields[f"url_{number}"] = forms.URLField(
                label=_("Link %(number)s: its address") % {"number": number}, max_length=300, required=False,
                assume_scheme="https", widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
            )  # fmt: skip
        for number, (label, url) in enumerate(self.initial.get("links", ())[: self._rows], start=1):
            self.initial[f"label_{number}"], self.initial[f"url_{number}"] = label, url

    @property
    def main_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "party", "is_incumbent", "about", "email")]

    @property
    def link_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"label_{number}"], self[f"url_{number}"]) for number in range(1, self._rows + 1)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for number in range(1, self._rows + 1):
            label, url = cleaned.get(f"label_{number}", ""), cleaned.get(f"url_{number}", "")
            if url and not label:
                self.add_error(f"label_{number}", _("Say what the link is called."))
            if label and not url and f"url_{number}" not in self.errors:
                self.add_error(f"url_{number}", _("Enter the address of the link."))
        return cleaned

    @property
    def plan(self) -> CandidatePlan:
        """What was filled in. Only after is_valid()."""
        given = self.cleaned_data
        links = ((given[f"label_{number}"], given[f"url_{number}"]) for number in range(1, self._rows + 1))
        return CandidatePlan(
            name=given["name"],
            party=given["party"],
            about=given["about"],
            is_incumbent=given["is_incumbent"],
            email=given["email"],
            links=tuple((label, url) for label, url in links if url),
        )

    def place_of_error(self, about: str) -> str | None:
        """The field that an error about this part of the plan stands at; None for the form as a whole."""
        return "url_1" if about == "links" else about or None


def _results() -> list[tuple[str, str]]:
    return capitalised(Result.choices)


class ResultForm(forms.Form):
    """How the primary and the election ended."""

    primary_result = forms.ChoiceField(
        label=gettext_lazy("Primary election"), choices=_results, widget=forms.RadioSelect
    )
    result = forms.ChoiceField(label=gettext_lazy("Election"), choices=_results, widget=forms.RadioSelect)


class ResearchForm(forms.Form):
    """A note, a file, or both."""

    text = _text(gettext_lazy("Note"), rows=4, max_length=8_000, required=False)
    file = forms.FileField(
        label=gettext_lazy("File"),
        required=False,
        allow_empty_file=True,  # refused in the domain's words
        help_text=gettext_lazy("PDF, picture, text, CSV, document or table, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ACCEPTED}),
    )

    def research_file(self, most: int) -> ResearchFile | None:
        """The uploaded file, of which no more than `most` bytes and one are read. Only after is_valid()."""
        upload = self.cleaned_data["file"]
        return ResearchFile(upload.name or "", upload.read(most + 1)) if upload else None


class SendQuestionnaireForm(forms.Form):
    """To whom the questionnaire goes out, until when, in which language."""

    due = forms.DateField(label=gettext_lazy("To be answered by"), widget=DAY_INPUT)
    language = forms.ChoiceField(label=gettext_lazy("Language of the mail"))

    def __init__(self, *args: Any, languages: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["language"].choices = languages  # type: ignore[attr-defined]

    @property
    def due_at(self) -> datetime.datetime:
        """The end of that day, UTC. Only after is_valid()."""
        return datetime.datetime.combine(self.cleaned_data["due"], datetime.time(23, 59), tzinfo=datetime.UTC)


def zip_codes_in_words(count: int) -> str:
    """ "12 ZIP codes"."""
    return ngettext("%(count)d ZIP code", "%(count)d ZIP codes", count) % {"count": count}
