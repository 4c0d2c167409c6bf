"""What people fill in about polls: staff who hold them, contacts who cast, members who are asked."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliates.call_times import SkippedTimeError, moment_in
from affiliates.forms_calls import DAY_INPUT, zone_choices

from .models import ChoiceKind, Poll, PollChoice, PollState, Race
from .poll_results import words_of

_AREA = forms.Textarea(attrs={"rows": 4})


class ClosingForm(forms.Form):
    """A closing time: day and hour by the clocks of a zone. Valid, it has `closes_at` (UTC)."""

    day = forms.DateField(label=gettext_lazy("It closes on"), widget=DAY_INPUT)
    time = forms.TimeField(label=gettext_lazy("At"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    time_zone = forms.ChoiceField(label=gettext_lazy("By the clocks of"), choices=zone_choices)

    @property
    def closes_at(self) -> datetime.datetime:
        moment: datetime.datetime = self.cleaned_data["closes_at"]
        return moment

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"day", "time", "time_zone"} <= set(given):
            try:
                given["closes_at"] = moment_in(given["time_zone"], given["day"], given["time"])
            except SkippedTimeError:
                self.add_error("time", _("There is no such time on that day: the clocks are put forward over it."))
        return given


def closing_fields(closes_at: datetime.datetime, zone: str) -> dict[str, Any]:
    """What the fields of a ClosingForm show of a moment."""
    there = closes_at.astimezone(ZoneInfo(zone))
    return {"day": there.date(), "time": there.time(), "time_zone": zone}


class _RaceChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A race by office, place and day."""

    def label_from_instance(self, race: Any) -> str:
        return f"{race}, {race.election_date:%Y-%m-%d}"


class PollForm(ClosingForm):
    """A poll in the making: its race, which a draft keeps, what the groups should know, and when it closes."""

    race = _RaceChoice(label=gettext_lazy("Race"), queryset=Race.objects.none(), empty_label=gettext_lazy("Choose one"))
    words = forms.CharField(
        label=gettext_lazy("What the groups should know"),
        required=False,
        max_length=8_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("They read it beside the choices and in their mail. It is frozen at the opening."),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput, initial=0)
    field_order = ("race", "words", "day", "time", "time_zone", "revision")

    def __init__(self, *args: Any, poll: Poll | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if poll is not None:
            del self.fields["race"]
        else:
            self.fields["race"].queryset = races_to_poll()  # type: ignore[attr-defined]


def races_to_poll() -> QuerySet[Race]:
    """The races of which a poll can be made: confirmed, with an area, and with no poll in the making or open."""
    at_work = Poll.objects.filter(race=OuterRef("pk"), state__in=(PollState.DRAFT, PollState.OPEN))
    return Race.objects.known().filter(~Exists(at_work), area__isnull=False).order_by("election_date", "office", "pk")


class RevisionForm(forms.Form):
    """An act on a poll as it was read."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class ExtendForm(ClosingForm):
    """More time, and why."""

    because = forms.CharField(
        label=gettext_lazy("Why it closes later"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("All groups get it by mail, and it is published."),
    )  # fmt: skip


class VoidForm(forms.Form):
    """Why a poll is to be void."""

    because = forms.CharField(
        label=gettext_lazy("Why the poll is to be void"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("Once a second of the staff confirms it, the groups get it by mail. It is published."),
    )  # fmt: skip


class StrikeForm(forms.Form):
    """Why a ballot is to be struck."""

    because = forms.CharField(
        label=gettext_lazy("Why the ballot is to be struck"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("When a second of the staff agrees, the group gets it by mail, and it is published."),
    )  # fmt: skip


class ChoiceForm(forms.Form):
    """One choice of a poll, as a group's ballot or a member's vote. Those that are closed are not offered."""

    choice = forms.TypedChoiceField(
        label=gettext_lazy("Which candidate should the network endorse?"), widget=forms.RadioSelect, coerce=int,
        error_messages={"required": gettext_lazy("Choose a candidate, “no endorsement” or “abstain”.")},
    )  # fmt: skip

    def __init__(self, *args: Any, choices: list[PollChoice], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._open = {choice.pk: choice for choice in choices if choice.closed_at is None}
        self.fields["choice"].choices = [(pk, _offered(choice)) for pk, choice in self._open.items()]  # type: ignore[attr-defined]

    @property
    def chosen(self) -> PollChoice:
        """What was chosen, in a form that is valid."""
        return self._open[self.cleaned_data["choice"]]


def _offered(choice: PollChoice) -> str:
    if choice.kind == ChoiceKind.NONE:
        return _("No endorsement: the network should support nobody in this race")
    if choice.kind == ChoiceKind.ABSTAIN:
        return _("Abstain: we say nothing, which counts against every candidate")
    return words_of(choice)


class MemberVoteForm(ClosingForm):
    """A vote of the group's members: how large a share makes the advice clear, what they should know, until when."""

    threshold_percent = forms.IntegerField(
        label=gettext_lazy("Share that a choice needs, in percent"), min_value=1, max_value=100, initial=50,
        help_text=gettext_lazy("Of those who vote. Below it you are told that the members are not clear."),
        widget=forms.NumberInput(attrs={"class": "w-4", "inputmode": "numeric"}),
    )  # fmt: skip
    words = forms.CharField(
        label=gettext_lazy("What the members should know"), required=False, max_length=2_000, widget=_AREA
    )
    field_order = ("words", "threshold_percent", "day", "time", "time_zone")
