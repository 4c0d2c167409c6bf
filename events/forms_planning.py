"""What hosts fill in about an event: the event itself, its repetition, its questions, its picture, its copy."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.formats import date_format
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from affiliates.forms import OneLineField, PlaceField, plausible_year
from affiliates.forms_calls import DAY_INPUT, URL_INPUT, zone_choices
from affiliates.models import Group
from foundation.places.countries import US, country_name, country_named
from foundation.places.distance import Point
from foundation.places.place import PlaceError

from .models import HAS_LINK, HAS_VENUE, MOST_GUESTS, Access, Campaign, Event, EventFormat, EventKind
from .plan_times import SkippedTimeError, is_repeated, is_second, local_time, moment_at
from .planning import EventError, EventPlan, StaleEventError
from .questions import MOST_CHOICES, MOST_QUESTIONS, QuestionPlan
from .repeating import Every, Repeat
from .venues import Venue, find_venue, find_venue_abroad

TIME_INPUT = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
COORDINATE_INPUT = forms.TextInput(attrs={"inputmode": "text", "class": "w-16"})

LONGEST_CHOICE = 120

SKIPPED = gettext_lazy("There is no such time on that day: the clocks are put forward over it.")
SECOND = gettext_lazy("The clocks show this time twice on that day. Take the second one")


def _moment(form: forms.Form, field: str, local: datetime.datetime, zone: str, *, second: bool) -> Any:
    """The moment that the clocks of `zone` show so, or None with the reason at `field`."""
    try:
        return moment_at(local, zone, is_second=second)
    except SkippedTimeError:
        form.add_error(field, str(SKIPPED))
        return None


def _on_revision(form: forms.Form, revision: int) -> QueryDict:
    """What was typed, as if it had been typed on this revision."""
    data = QueryDict(mutable=True)
    data.update(form.data)
    data["revision"] = str(revision)
    return data


class VenuePlaceField(PlaceField):
    """The ZIP code or city of a venue. The form misses it where it is needed: not online, nor of a place abroad that
    is given by its coordinates."""

    def validate(self, value: Any) -> None:
        """Empty is for the form to judge."""


# --- the event ------------------------------------------------------------------------------------------------


class EventForm(forms.Form):
    """An event, as its host writes it down. Four things are needed: title, kind, when, where."""

    title = OneLineField(label=gettext_lazy("Title"), max_length=120)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of event"), choices=EventKind)
    format = forms.ChoiceField(
        label=gettext_lazy("How people come"), choices=EventFormat, widget=forms.RadioSelect,
        initial=EventFormat.IN_PERSON,
    )  # fmt: skip

    day = forms.DateField(label=gettext_lazy("Date"), widget=DAY_INPUT, validators=[plausible_year])
    time = forms.TimeField(label=gettext_lazy("Begins at"), widget=TIME_INPUT)
    starts_second = forms.BooleanField(label=SECOND, required=False)
    end_time = forms.TimeField(label=gettext_lazy("Ends at"), widget=TIME_INPUT)
    ends_second = forms.BooleanField(label=SECOND, required=False)
    end_day = forms.DateField(
        label=gettext_lazy("Last day"), widget=DAY_INPUT, required=False, validators=[plausible_year],
        help_text=gettext_lazy("Only if it ends on another day: after midnight too."),
    )  # fmt: skip
    time_zone = forms.ChoiceField(
        label=gettext_lazy("By the clocks of"), choices=zone_choices,
        help_text=gettext_lazy("Of an event in person it is the zone of the place."),
    )  # fmt: skip

    venue_name = OneLineField(
        label=gettext_lazy("Name of the venue"), max_length=120, required=False,
        help_text=gettext_lazy("Such as Public library, second floor."),
    )  # fmt: skip
    address = OneLineField(label=gettext_lazy("Street and number"), max_length=200, required=False)
    place = VenuePlaceField(
        help_text=gettext_lazy("The ZIP code is best. Outside the United States: city and country."),
    )
    hides_address = forms.BooleanField(
        label=gettext_lazy("Show the exact address only to those who answered"), required=False,
        help_text=gettext_lazy("Everybody else sees the city, and on the map a point within some three miles."),
    )  # fmt: skip
    latitude = forms.FloatField(
        label=gettext_lazy("Latitude"), required=False, min_value=-90, max_value=90, widget=COORDINATE_INPUT,
        help_text=gettext_lazy("In degrees, such as 25.28; south is negative."),
    )  # fmt: skip
    longitude = forms.FloatField(
        label=gettext_lazy("Longitude"), required=False, min_value=-180, max_value=180, widget=COORDINATE_INPUT,
        help_text=gettext_lazy("In degrees, such as -100.02; west is negative."),
    )  # fmt: skip
    abroad_name = OneLineField(
        label=gettext_lazy("Name of the place"), max_length=120, required=False,
        help_text=gettext_lazy("such as Allende, Mexico"),
    )  # fmt: skip
    country = forms.CharField(
        label=gettext_lazy("Country"), max_length=60, required=False, widget=forms.TextInput(attrs={"class": "w-16"})
    )

    join_link = forms.URLField(
        label=gettext_lazy("Link to join"), max_length=300, required=False, assume_scheme="https", widget=URL_INPUT,
        help_text=gettext_lazy("You can add it later. Those who answered are told."),
    )  # fmt: skip
    join_words = OneLineField(
        label=gettext_lazy("How else to join"), max_length=300, required=False,
        help_text=gettext_lazy("Such as a telephone number and a code."),
    )  # fmt: skip
    hides_link = forms.BooleanField(
        label=gettext_lazy("Show the link only to those who answered"), required=False, initial=True
    )

    about = forms.CharField(
        label=gettext_lazy("What happens"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("Leave a blank line between paragraphs."),
    )  # fmt: skip
    language = forms.ChoiceField(label=gettext_lazy("The title and this text are in"), choices=settings.LANGUAGES)
    spoken = forms.CharField(
        label=gettext_lazy("Languages spoken there"), max_length=200, required=False,
        help_text=gettext_lazy("With commas between them, such as English, Spanish, ASL."),
    )  # fmt: skip
    access = forms.MultipleChoiceField(
        label=gettext_lazy("What makes it easier to come"), choices=Access, required=False,
        widget=forms.CheckboxSelectMultiple,
    )  # fmt: skip
    access_notes = forms.CharField(
        label=gettext_lazy("More on getting in and around"), max_length=500, required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
    capacity = forms.IntegerField(
        label=gettext_lazy("Places"), required=False, min_value=1, max_value=100_000,
        widget=forms.NumberInput(attrs={"class": "w-8"}), help_text=gettext_lazy("Leave it empty for no limit."),
    )  # fmt: skip
    most_guests = forms.IntegerField(
        label=gettext_lazy("Guests that one person may bring"), min_value=0, max_value=MOST_GUESTS, initial=3,
        widget=forms.NumberInput(attrs={"class": "w-4"}),
    )  # fmt: skip
    hides_event = forms.BooleanField(
        label=gettext_lazy("Leave it out of searches and the map"), required=False,
        help_text=gettext_lazy("Then only those who have its address find it."),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    FACTS = ("title", "kind", "format")
    ABROAD = ("abroad_name", "country")
    POINT = ("latitude", "longitude")
    MORE = ("about", "language", "spoken", "access", "access_notes", "capacity", "most_guests", "hides_event")

    def __init__(self, data: Any = None, *, event: Event | None = None, has_later: bool = False, **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        self._event = event
        self._venue: Venue | None = None
        if event and event.campaign_id:
            self._keep_kind(event.kind)
        if has_later:
            self.fields["scope"] = forms.ChoiceField(
                label=_("What is changed"),
                choices=[("this", _("This date only")), ("later", _("This date and all later ones"))],
                initial="this", widget=forms.RadioSelect,
            )  # fmt: skip

    def _keep_kind(self, kind: str) -> None:
        """A campaign says what kind its events are."""
        self.fields["kind"].disabled, self.initial["kind"] = True, kind

    @classmethod
    def for_group(cls, data: Any, *, group: Group | None, campaign: Campaign | None) -> "EventForm":
        """An empty form for an event of `group`, or of the network; with what the campaign proposes."""
        initial: dict[str, Any] = {
            "time_zone": (group.time_zone if group else "") or settings.TIME_ZONE,
            "language": get_language() or "en",
        }
        if campaign is None:
            return cls(data, initial=initial)
        proposed: dict[str, Any] = {"title": campaign.event_title, "about": campaign.event_about}
        if campaign.starts_on == campaign.ends_on:
            proposed["day"] = campaign.starts_on
        form = cls(data, initial={**initial, **proposed})
        form._keep_kind(campaign.kind)
        return form

    @property
    def changes_later(self) -> bool:
        """Is what was filled in meant for all later dates too? Only after is_valid()."""
        return self.cleaned_data.get("scope") == "later"

    # --- what was typed ---

    def clean_join_link(self) -> str:
        link: str = self.cleaned_data["join_link"]
        if link and not link.startswith(("https://", "http://")):
            raise ValidationError(_("Enter the address of a page, which begins with https://."))
        return link

    def clean_spoken(self) -> tuple[str, ...]:
        names = [" ".join(name.split()) for name in self.cleaned_data["spoken"].split(",")]
        return tuple(dict.fromkeys(name[:40] for name in names if name))

    def clean_country(self) -> str:
        typed: str = self.cleaned_data["country"]
        code = country_named(typed) if typed else ""
        if code is None:
            raise ValidationError(_("We know no country of this name. Enter its name in English."))
        return code

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("format") in HAS_VENUE:
            self._venue = self._find_venue(given)
        zone = self._venue.time_zone if self._venue else given.get("time_zone", "")
        if zone and {"day", "time", "end_time"} <= set(given) and "end_day" not in self.errors:
            self._find_times(given, zone)
        return given

    def _find_venue(self, given: Mapping[str, Any]) -> Venue | None:
        wrong = {"place", "latitude", "longitude", "venue_name", "address", *self.ABROAD} & set(self.errors)
        if wrong:
            return None
        try:
            return self._venue_of(given)
        except PlaceError as error:
            self.add_error("latitude" if self._point(given) else "place", str(error))
            return None

    def _venue_of(self, given: Mapping[str, Any]) -> Venue | None:
        point, words = self._point(given), {"name": given["venue_name"], "address": given["address"]}
        if (given["latitude"] is None) != (given["longitude"] is None):
            missing = "latitude" if given["latitude"] is None else "longitude"
            self.add_error(missing, _("Give both, the latitude and the longitude, or neither."))
            return None
        if given["place"]:
            return find_venue(place=given["place"], point=point, **words)
        if not (given["abroad_name"] or given["country"]):
            self.add_error("place", _("Say where the event is held: enter a ZIP code, or a city and state."))
            return None
        if lacking := self._lacking_abroad(given, point):
            self.add_error(
                lacking, _("A place that our search does not know needs its name, country, and coordinates.")
            )
            return None
        assert point  # noqa: S101  # nothing is lacking
        return find_venue_abroad(place_name=given["abroad_name"], country=given["country"], point=point, **words)

    def _lacking_abroad(self, given: Mapping[str, Any], point: Point | None) -> str:
        lacking = [name for name in self.ABROAD if not given[name]] + ([] if point else ["latitude"])
        return lacking[0] if lacking else ""

    def _point(self, given: Mapping[str, Any]) -> Point | None:
        """The point that the host set. One that was there before goes with the address that it was for."""
        if given.get("latitude") is None or given.get("longitude") is None:
            return None
        changed = set(self.changed_data)
        if changed & {"address", "place"} and not changed & set(self.POINT) and given.get("place"):
            return None
        return Point(given["latitude"], given["longitude"])

    def _find_times(self, given: dict[str, Any], zone: str) -> None:
        starts = datetime.datetime.combine(given["day"], given["time"])
        ends = datetime.datetime.combine(given["end_day"] or given["day"], given["end_time"])
        given["time_zone"] = zone
        self._offer_second("starts_second", starts, zone)
        self._offer_second("ends_second", ends, zone)
        starts_at = _moment(self, "time", starts, zone, second=given["starts_second"])
        ends_at = _moment(self, "end_time", ends, zone, second=given["ends_second"])
        if not starts_at or not ends_at:
            return
        if ends_at <= starts_at and is_repeated(ends, zone):
            ends_at = moment_at(ends, zone, is_second=True)  # it begins in the hour that comes twice
        if ends_at <= starts_at:
            self.add_error(
                "end_time", _("The event ends before it begins. If it ends after midnight, give the last day.")
            )
        given["starts_at"], given["ends_at"] = starts_at, ends_at

    def _offer_second(self, field: str, local: datetime.datetime, zone: str) -> None:
        if not is_repeated(local, zone):
            self.cleaned_data[field] = False

    # --- what comes of it ---

    def plan(self) -> EventPlan:
        """What was filled in, from a form that is valid."""
        given = self.cleaned_data
        same = ("title", "kind", "format", "about", "language", "spoken", "access_notes", "starts_at", "ends_at")
        more = ("time_zone", "join_link", "join_words", "capacity", "most_guests")
        return EventPlan(
            **{name: given[name] for name in (*same, *more)},
            access=tuple(given["access"]),
            is_address_public=not given["hides_address"],
            is_link_public=not given["hides_link"],
            is_listed=not given["hides_event"],
            **(_venue_columns(self._venue) if self._venue else {}),
        )

    def refuse(self, error: EventError) -> None:
        """Say at the field that it is about why it was not saved."""
        field = {"starts_at": "day", "ends_at": "end_time", "place_name": "place"}.get(error.about, error.about)
        self.add_error(field if field in self.fields else None, str(error))

    def refuse_stale(self, error: EventError, event: Event) -> list[tuple[str, str, str]]:
        """Let what was typed be sent once more on the present revision.

        Returns what differs: the label of the field, what is saved now, what was typed.
        """
        saved, typed = type(self)(initial=filled_in(event)), self
        self.add_error(None, str(error))
        self.data = _on_revision(self, event.revision)
        names = [name for name in self.fields if name not in {"revision", "scope", "starts_second", "ends_second"}]
        rows = [(str(self.fields[name].label), _shown(saved[name]), _shown(typed[name])) for name in names]
        return [row for row in rows if row[1] != row[2]]

    # --- for the page ---

    @property
    def repeated_fields(self) -> list[forms.BoundField]:
        """The choice between two moments, where the clocks show the time twice."""
        return [self[name] for name in ("starts_second", "ends_second") if self._is_repeated(name)]

    def _is_repeated(self, name: str) -> bool:
        given = self.cleaned_data if self.is_bound and hasattr(self, "cleaned_data") else self.initial
        is_start, zone = name == "starts_second", given.get("time_zone")
        day = given.get("day") if is_start else given.get("end_day") or given.get("day")
        time = given.get("time" if is_start else "end_time")
        if not isinstance(day, datetime.date) or not isinstance(time, datetime.time) or not zone:
            return False
        return is_repeated(datetime.datetime.combine(day, time), zone)

    @property
    def point_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.POINT]

    @property
    def abroad_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.ABROAD]

    @property
    def more_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.MORE]

    @property
    def point_is_open(self) -> bool:
        """Is there something in the part about coordinates that has to be seen?"""
        names = (*self.POINT, *self.ABROAD)
        return any(name in self.errors for name in names) or any(self[name].value() for name in self.ABROAD)

    @property
    def more_is_open(self) -> bool:
        return any(name in self.errors for name in self.MORE) or bool(self._event or self["about"].value())


def _shown(field: forms.BoundField) -> str:
    """The value of a field that is valid, as people read it."""
    value = field.value()
    if isinstance(field.field, (forms.DateField, forms.TimeField, forms.FloatField)):
        value = field.field.to_python(value)
    choices = _choices_of(field.field)
    if isinstance(value, (list, tuple)):
        return ", ".join(choices.get(str(one), str(one)) for one in value)
    if isinstance(field.field, forms.BooleanField):
        return _("yes") if value in {True, "on", "True"} else _("no")
    if isinstance(value, datetime.time):
        return f"{value:%H:%M}"
    return choices.get(str(value), "" if value is None else str(value))


def _choices_of(field: forms.Field) -> dict[str, str]:
    """The labels of a field's choices by value, those within groups too."""
    labels: dict[str, str] = {}
    for key, label in getattr(field, "choices", []):
        inner = label if isinstance(label, (list, tuple)) else [(key, label)]
        labels |= {str(one): str(words) for one, words in inner}
    return labels


def _venue_columns(venue: Venue) -> dict[str, Any]:
    return {
        "venue_name": venue.name,
        "address": venue.address,
        "country": venue.country,
        "state_code": venue.state_code,
        "zip_code_id": venue.zip_code_id,
        "place_name": venue.place_name,
        "latitude": venue.latitude,
        "longitude": venue.longitude,
    }


def filled_in(event: Event) -> dict[str, Any]:
    """What the form shows of an event."""
    starts, ends = local_time(event.starts_at, event.time_zone), local_time(event.ends_at, event.time_zone)
    is_abroad = event.country != US
    same = ("title", "kind", "format", "time_zone", "venue_name", "address", "latitude", "longitude", "join_link")
    more = ("join_words", "about", "language", "access", "access_notes", "capacity", "most_guests", "revision")
    return {
        **{name: getattr(event, name) for name in (*same, *more)},
        "day": starts.date(),
        "time": starts.time(),
        "starts_second": is_second(event.starts_at, event.time_zone),
        "end_time": ends.time(),
        "ends_second": is_second(event.ends_at, event.time_zone),
        "end_day": ends.date() if ends.date() != starts.date() else None,
        "place": "" if is_abroad else event.zip_code_id or event.place_name,
        "abroad_name": event.place_name if is_abroad else "",
        "country": country_name(event.country) if is_abroad else "",
        "spoken": ", ".join(event.spoken),
        "hides_address": not event.is_address_public,
        "hides_link": not event.is_link_public if event.format in HAS_LINK else True,
        "hides_event": not event.is_listed,
    }


# --- a copy ---------------------------------------------------------------------------------------------------


class CopyForm(forms.Form):
    """The date of a copy; it lasts as long as what it is copied from."""

    day = forms.DateField(label=gettext_lazy("Date"), widget=DAY_INPUT, validators=[plausible_year])
    time = forms.TimeField(label=gettext_lazy("Begins at"), widget=TIME_INPUT)

    def __init__(self, data: Any = None, *, event: Event) -> None:
        super().__init__(data, initial={"time": local_time(event.starts_at, event.time_zone).time()})
        self._event = event

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"day", "time"} <= set(given):
            zone = self._event.time_zone
            starts = datetime.datetime.combine(given["day"], given["time"])
            length = local_time(self._event.ends_at, zone) - local_time(self._event.starts_at, zone)
            given["starts_at"] = _moment(self, "time", starts, zone, second=False)
            given["ends_at"] = _moment(self, "time", starts + length, zone, second=False)
        return given


# --- repeating ------------------------------------------------------------------------------------------------


class RepeatForm(forms.Form):
    """How often, and until when."""

    every = forms.ChoiceField(
        label=gettext_lazy("How often"), widget=forms.RadioSelect, initial=Every.WEEK,
        choices=[
            (Every.DAY, gettext_lazy("every day")), (Every.WEEK, gettext_lazy("every week")),
            (Every.TWO_WEEKS, gettext_lazy("every two weeks")), (Every.MONTH, gettext_lazy("every month")),
        ],
    )  # fmt: skip
    until = forms.DateField(
        label=gettext_lazy("Last day of the series"), widget=DAY_INPUT, required=False, validators=[plausible_year],
        help_text=gettext_lazy("Or give the number of dates below. A series has 60 dates and 18 months at most."),
    )  # fmt: skip
    count = forms.IntegerField(
        label=gettext_lazy("Number of dates"), required=False, min_value=2, max_value=60,
        widget=forms.NumberInput(attrs={"class": "w-4"}),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, data: Any = None, *, event: Event) -> None:
        super().__init__(data, initial={"revision": event.revision})
        monthly = _monthly_in_words(local_time(event.starts_at, event.time_zone))
        choices = [(key, monthly if key == Every.MONTH else label) for key, label in self.fields["every"].choices]  # type: ignore[attr-defined]
        self.fields["every"].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and bool(given.get("until")) == bool(given.get("count")):
            self.add_error("until", _("Say when the series ends: by its last day, or by the number of dates."))
        return given

    def repeat(self) -> Repeat:
        """What was filled in, from a form that is valid."""
        given = self.cleaned_data
        return Repeat(Every(given["every"]), until=given["until"], count=given["count"])


def _monthly_in_words(first: datetime.datetime) -> str:
    """ "every month, on the second Tuesday" """
    weekday = date_format(first, "l")
    ordinals = (_("first"), _("second"), _("third"), _("fourth"), _("last"))
    return _("every month, on the %(nth)s %(weekday)s") % {"nth": ordinals[(first.day - 1) // 7], "weekday": weekday}


# --- questions ------------------------------------------------------------------------------------------------


class QuestionsForm(forms.Form):
    """The host's own questions, all at once. A question without words is none."""

    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, data: Any = None, *, asked: Sequence[QuestionPlan], revision: int, has_later: bool) -> None:
        initial: dict[str, Any] = {"revision": revision}
        for number, one in enumerate(asked, start=1):
            initial |= {f"text_{number}": one.text, f"choices_{number}": "\n".join(one.choices)}
            initial[f"required_{number}"] = one.is_required
        super().__init__(data, initial=initial)
        for number in range(1, MOST_QUESTIONS + 1):
            self._add_question(number)
        if has_later:
            self.fields["for_later"] = forms.BooleanField(label=_("Ask them at all later dates too"), required=False)

    def _add_question(self, number: int) -> None:
        self.fields[f"text_{number}"] = forms.CharField(
            label=_("Question %(number)d") % {"number": number}, max_length=200, required=False
        )
        self.fields[f"choices_{number}"] = forms.CharField(
            label=_("Choices for question %(number)d") % {"number": number}, max_length=2000, required=False,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=_("One a line. Empty, people answer in their own words."),
        )  # fmt: skip
        self.fields[f"required_{number}"] = forms.BooleanField(
            label=_("Question %(number)d must be answered") % {"number": number}, required=False
        )

    is_stale = False

    def refuse(self, error: EventError, revision: int) -> None:
        """Say why they were not saved, and let what was typed be sent once more on the present revision."""
        self.is_stale = isinstance(error, StaleEventError)
        self.add_error(None, str(error))
        self.data = _on_revision(self, revision)

    @property
    def rows(self) -> list[tuple[int, list[forms.BoundField], bool]]:
        """Each question's number and fields, and whether it is shown at once: those in use, and one more."""
        used = max((number for number in range(1, MOST_QUESTIONS + 1) if self[f"text_{number}"].value()), default=0)
        return [
            (number, [self[f"{name}_{number}"] for name in ("text", "choices", "required")], number <= used + 1)
            for number in range(1, MOST_QUESTIONS + 1)
        ]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for number in range(1, MOST_QUESTIONS + 1):
            text, choices = given.get(f"text_{number}"), _lines(given.get(f"choices_{number}", ""))
            if choices and not text and f"text_{number}" not in self.errors:
                self.add_error(f"text_{number}", _("Say what the question is."))
            if len(choices) == 1 or len(choices) > MOST_CHOICES:
                self.add_error(f"choices_{number}", _("Give at least two choices, each another, and 12 at most."))
            elif any(len(one) > LONGEST_CHOICE for one in choices):
                self.add_error(f"choices_{number}", _("A choice has 120 characters at most."))
        return given

    def questions(self) -> list[QuestionPlan]:
        """What was filled in, from a form that is valid."""
        given = self.cleaned_data
        return [
            QuestionPlan(given[f"text_{n}"], tuple(_lines(given[f"choices_{n}"])), given[f"required_{n}"])
            for n in range(1, MOST_QUESTIONS + 1)
            if given[f"text_{n}"]
        ]


def _lines(text: str) -> list[str]:
    """The lines that say something, each once."""
    return list(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))


# --- the picture ----------------------------------------------------------------------------------------------


class PictureForm(forms.Form):
    """A file, and what it shows for those who don't see it."""

    picture = forms.FileField(
        label=gettext_lazy("Picture"), required=False,
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        help_text=gettext_lazy("JPEG, PNG or WebP, 10 MB at most. We remove what the camera wrote into it."),
    )  # fmt: skip
    alt = forms.CharField(
        label=gettext_lazy("What the picture shows"), max_length=200,
        help_text=gettext_lazy("For those who cannot see it. Such as: four people with signs on the library’s steps."),
    )  # fmt: skip

    def __init__(self, data: Any = None, files: Any = None, *, alt: str = "", has_later: bool = False) -> None:
        super().__init__(data, files, initial={"alt": alt})
        self.fields["picture"].required = not alt
        if has_later:
            self.fields["for_later"] = forms.BooleanField(label=_("Show it at all later dates too"), required=False)


class CancelSeriesForm(forms.Form):
    """Why it does not take place. Those who answered read it."""

    because = forms.CharField(
        label=gettext_lazy("Why do they not take place?"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("Those who answered get it by mail, and the pages of the events show it."),
    )  # fmt: skip
