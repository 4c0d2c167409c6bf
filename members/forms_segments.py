"""The rules of a segment as one form: every kind of rule has its fields, and what is left empty is no rule."""

import copy
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django import forms
from django.conf import settings
from django.forms.boundfield import BoundField
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.places.keys import code_typed
from foundation.places.models import Area
from foundation.places.search import PlaceError, find_place
from foundation.places.states import STATES

from . import segments
from .models import ConsentPurpose, Tag
from .people_filters import PeopleFilter, UnknownValueError, people_filters
from .segments import Condition, Filtered, Rule

NOT = "not"


class ZipCodeField(forms.CharField):
    """One ZIP code that has a place."""

    def clean(self, value: Any) -> str:
        zip_code: str = super().clean(value)
        if not zip_code:
            return ""
        if not re.fullmatch(r"[0-9]{5}", zip_code, re.ASCII):
            raise forms.ValidationError(_("A ZIP code has five digits, such as 02139."))
        try:
            find_place(zip_code)
        except PlaceError as error:
            raise forms.ValidationError(str(error)) from error
        return zip_code


class ZipCodesField(forms.CharField):
    """Many ZIP codes, however they are separated."""

    widget = forms.Textarea(attrs={"rows": 2})

    def clean(self, value: Any) -> list[str]:
        words = re.split(r"[\s,;]+", super().clean(value).strip())
        zip_codes = list(dict.fromkeys(filter(None, words)))
        for zip_code in zip_codes:
            if not re.fullmatch(r"[0-9]{5}", zip_code, re.ASCII):
                raise forms.ValidationError(_("“%(text)s” is no ZIP code.") % {"text": zip_code[:20]})
        if len(zip_codes) > segments.MOST_ZIP_CODES:
            raise forms.ValidationError(_("Enter at most %(most)s ZIP codes.") % {"most": segments.MOST_ZIP_CODES})
        return zip_codes


class StatesField(forms.CharField):
    """Codes of states: `MA, NH`."""

    def clean(self, value: Any) -> list[str]:
        codes = [code_typed(word) for word in re.split(r"[\s,;]+", super().clean(value).strip()) if word]
        for code in codes:
            if code not in STATES:
                raise forms.ValidationError(_("“%(text)s” is no state. Enter codes such as MA, NH.") % {"text": code})
        return list(dict.fromkeys(codes))


class AreaField(forms.CharField):
    """The code or the name of an area; cleans to its id."""

    def clean(self, value: Any) -> int | None:
        typed = super().clean(value)
        if not typed:
            return None
        areas = Area.objects.order_by("-edition", "pk")
        found = areas.filter(code__iexact=typed).first() or areas.filter(name__iexact=typed).first()
        if found is None:
            raise forms.ValidationError(_("There is no area “%(name)s”.") % {"name": typed})
        return found.pk


class FilterField(forms.CharField):
    """What a registered filter finds; cleans to its value."""

    def __init__(self, people_filter: PeopleFilter, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._filter = people_filter

    def clean(self, value: Any) -> str:
        typed: str = super().clean(value)
        try:
            return self._filter.find(typed) if typed else ""
        except UnknownValueError as error:
            raise forms.ValidationError(str(error)) from error


type MakeRule = Callable[[Mapping[str, Any]], Rule]
type FillIn = Callable[[Any], dict[str, Any]]


@dataclass(frozen=True)
class Part:
    """The fields of one kind of rule. Those in `needed` are filled in together or not at all.

    `make` turns their cleaned values into the rule, `fill_in` turns that round.
    """

    name: str
    legend: str | Promise
    fields: Mapping[str, forms.Field]
    needed: tuple[str, ...]
    make: MakeRule
    fill_in: FillIn

    def field_name(self, field: str) -> str:
        return f"{self.name}_{field}"

    def values(self, cleaned: Mapping[str, Any]) -> dict[str, Any]:
        """This part's values in the cleaned data of the form; what is wrong or empty is left out."""
        values = {field: cleaned.get(self.field_name(field)) for field in self.fields}
        return {field: value for field, value in values.items() if value not in (None, "", [])}


class RuleFields(NamedTuple):
    """A part as the template draws it."""

    legend: str | Promise
    fields: list[BoundField]


def _date(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, required=False, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )


def _choice(label: Any, choices: Iterable[tuple[Any, Any]]) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", gettext_lazy("Any")), *choices])


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


PARTS = (
    Part(
        "near",
        gettext_lazy("Lives near a place"),
        {
            "zip": ZipCodeField(label=gettext_lazy("ZIP code"), required=False, max_length=10),
            "miles": forms.FloatField(
                label=gettext_lazy("Miles"), required=False, min_value=0.1, max_value=segments.MOST_MILES
            ),
        },
        ("zip", "miles"),
        lambda values: segments.Near(zip=values["zip"], miles=values["miles"]),
        lambda rule: {"zip": rule.zip, "miles": rule.miles},
    ),
    Part(
        "states",
        gettext_lazy("Lives in a state"),
        {"states": StatesField(label=gettext_lazy("States"), required=False, help_text=gettext_lazy("Such as MA, NH"))},
        ("states",),
        lambda values: segments.InStates(states=values["states"]),
        lambda rule: {"states": ", ".join(rule.states)},
    ),
    Part(
        "zips",
        gettext_lazy("Lives in a ZIP code"),
        {"zips": ZipCodesField(label=gettext_lazy("ZIP codes"), required=False, max_length=12_000)},
        ("zips",),
        lambda values: segments.InZipCodes(zips=values["zips"]),
        lambda rule: {"zips": " ".join(rule.zips)},
    ),
    Part(
        "area",
        gettext_lazy("Lives in an area"),
        {
            "area": AreaField(
                label=gettext_lazy("Area"), required=False, help_text=gettext_lazy("Its name or code, such as MA-07")
            )
        },
        ("area",),
        lambda values: segments.InArea(area=values["area"]),
        lambda rule: {"area": Area.objects.filter(pk=rule.area).values_list("name", flat=True).first() or ""},
    ),
    Part(
        "member",
        gettext_lazy("Is a member"),
        {"member": forms.BooleanField(label=gettext_lazy("Is a member"), required=False)},
        ("member",),
        lambda values: segments.IsMember(),
        lambda rule: {"member": True},
    ),
    Part(
        "basis",
        gettext_lazy("Came or gave"),
        {
            "basis": _choice(gettext_lazy("What"), [(key, words) for key, (_k, words, _n) in segments.BASES.items()]),
            "since": _date(gettext_lazy("Since")),
        },
        ("basis",),
        lambda values: segments.HasBasis(basis=values["basis"], since=_iso(values.get("since"))),
        lambda rule: {"basis": rule.basis, "since": rule.since},
    ),
    Part(
        "active",
        gettext_lazy("Was active"),
        {"since": _date(gettext_lazy("Since"))},
        ("since",),
        lambda values: segments.ActiveSince(since=values["since"].isoformat()),
        lambda rule: {"since": rule.since},
    ),
    Part(
        "attended",
        gettext_lazy("Came to events"),
        {
            "times": forms.IntegerField(
                label=gettext_lazy("At least so many times"), required=False, min_value=1, max_value=10_000
            )
        },
        ("times",),
        lambda values: segments.Attended(times=values["times"]),
        lambda rule: {"times": rule.times},
    ),
    Part(
        "score",
        gettext_lazy("Activity score"),
        {
            "score": forms.FloatField(
                label=gettext_lazy("At least"),
                required=False,
                min_value=0.01,
                max_value=1_000_000,
                help_text=gettext_lazy("8 is one event today, or two of half a year ago."),
            )
        },
        ("score",),
        lambda values: segments.Score(score=values["score"]),
        lambda rule: {"score": rule.score},
    ),
    Part(
        "tag",
        gettext_lazy("Has a tag"),
        {
            "tag": forms.ModelChoiceField(
                label=gettext_lazy("Tag"), required=False, queryset=Tag.objects.all(), empty_label=gettext_lazy("Any")
            )
        },
        ("tag",),
        lambda values: segments.HasTag(tag=values["tag"].pk),
        lambda rule: {"tag": rule.tag},
    ),
    Part(
        "consent",
        gettext_lazy("May be sent"),
        {
            "purpose": _choice(
                gettext_lazy("What"), [(purpose.value, ConsentPurpose(purpose).label) for purpose in segments.PURPOSES]
            )
        },
        ("purpose",),
        lambda values: segments.Consented(purpose=values["purpose"]),
        lambda rule: {"purpose": rule.purpose},
    ),
    Part(
        "language",
        gettext_lazy("Language"),
        {"language": _choice(gettext_lazy("Language"), settings.LANGUAGES)},
        ("language",),
        lambda values: segments.Speaks(language=values["language"]),
        lambda rule: {"language": rule.language},
    ),
)


def parts() -> list[Part]:
    """All parts of the form: those of this floor, and one for each registered filter."""
    return [*PARTS, *(_part_of(each) for each in people_filters() if each.in_segments)]


def _part_of(chosen: PeopleFilter) -> Part:
    return Part(
        f"filter_{chosen.key}",
        chosen.label,
        {"value": FilterField(chosen, label=chosen.label, required=False, max_length=120, help_text=chosen.hint)},
        ("value",),
        lambda values: Filtered(filter=chosen.key, value=values["value"]),
        lambda rule: {"value": chosen.typed(rule.value)},
    )


class SegmentForm(forms.Form):
    """The name of a segment and its rules. After `is_valid()`, `conditions` holds them."""

    hide_optional = True
    conditions: list[Condition]
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)

    def __init__(self, *args: Any, conditions: Iterable[Condition] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts()
        for part in self.parts:
            for field, template in part.fields.items():
                self.fields[part.field_name(field)] = copy.deepcopy(template)
            self.fields[part.field_name(NOT)] = forms.BooleanField(
                label=_("Everybody of whom this is not true"), required=False
            )
        for condition in conditions:
            self._fill_in(condition)

    def _fill_in(self, condition: Condition) -> None:
        rule = condition.rule
        name = f"filter_{rule.filter}" if isinstance(rule, Filtered) else rule.kind
        part = next((part for part in self.parts if part.name == name), None)
        if part:
            values = {**part.fill_in(rule), NOT: condition.negated}
            self.initial.update({part.field_name(field): value for field, value in values.items()})

    def rule_fields(self) -> list[RuleFields]:
        """The parts as the template draws them."""
        return [
            RuleFields(part.legend, [self[part.field_name(field)] for field in (*part.fields, NOT)])
            for part in self.parts
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        self.conditions = []
        for part in self.parts:
            self._read(part, cleaned)
        if not self.conditions and not self.errors:
            raise forms.ValidationError(_("Fill in at least one rule."))
        return cleaned

    def _read(self, part: Part, cleaned: Mapping[str, Any]) -> None:
        """Add the part's condition, or say what is missing of it."""
        values, negated = part.values(cleaned), bool(cleaned.get(part.field_name(NOT)))
        values = {field: value for field, value in values.items() if value is not False}
        if not values and not negated:
            return
        names = [part.field_name(field) for field in part.fields]
        if any(name in self.errors for name in names):
            return
        missing = [field for field in part.needed if field not in values]
        for field in missing:
            self.add_error(part.field_name(field), _("Fill this in too, or leave the whole rule empty."))
        if not missing:
            self.conditions.append(Condition(part.make(values), negated))
