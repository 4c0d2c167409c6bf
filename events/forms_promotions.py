"""What a group fills in to have an event promoted, and what staff fill in about it."""

import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from affiliates.forms_calls import DAY_INPUT

from .event_times import clock_in_words, day_in_words
from .models import MOST_RECIPIENTS, RADII, Event, Promotion
from .plan_times import SkippedTimeError, moment_at
from .promotion_requests import PromotionPlan

OFFERED_RADII = (5, 10, 15, *RADII)
_AREA = forms.Textarea(attrs={"rows": 4})


def _radius_choices() -> list[tuple[str, str]]:
    as_needed = _("As far as needed, at most %(miles)s miles") % {"miles": RADII[-1]}
    return [("", as_needed), *((str(miles), _("%(miles)s miles") % {"miles": miles}) for miles in OFFERED_RADII)]


class AudienceForm(forms.Form):
    """Whom it goes to: all that the estimate needs to know."""

    radius_miles = forms.TypedChoiceField(
        label=gettext_lazy("How far from the venue?"), choices=_radius_choices, coerce=int, empty_value=None,
        required=False, help_text=gettext_lazy("Straight miles. State lines don’t matter."),
    )  # fmt: skip
    wanted = forms.IntegerField(
        label=gettext_lazy("To how many people at most?"), min_value=1, max_value=MOST_RECIPIENTS,
        initial=MOST_RECIPIENTS, widget=forms.NumberInput(attrs={"class": "w-8", "inputmode": "numeric"}),
        help_text=gettext_lazy("Those who take part most come first, then the nearest. Nobody gets it twice."),
    )  # fmt: skip


class PromotionForm(AudienceForm):
    """One e-mail about one event."""

    subject = forms.CharField(
        label=gettext_lazy("Subject"), max_length=120,
        help_text=gettext_lazy("What makes somebody nearby open it. Say what, and where."),
    )  # fmt: skip
    intro = forms.CharField(
        label=gettext_lazy("Introduction"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy(
            "Why to come, in your own words. Time, place and a button to answer stand below it by themselves."
        ),
    )  # fmt: skip
    language = forms.ChoiceField(
        label=gettext_lazy("You write it in"), choices=settings.LANGUAGES,
        help_text=gettext_lazy("Your words go to everybody as they are; what stands around them is in their language."),
    )  # fmt: skip
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0, min_value=0)

    field_order = ("subject", "intro", "language", "radius_miles", "wanted", "revision")

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())

    def clean_intro(self) -> str:
        return str(self.cleaned_data["intro"]).replace("\r\n", "\n").strip()

    def plan(self) -> PromotionPlan:
        """What was filled in, from a form that is valid."""
        return PromotionPlan(**{name: self.cleaned_data[name] for name in PLANNED})


PLANNED = ("subject", "intro", "language", "radius_miles", "wanted")


def starting_with(event: Event, promotion: Promotion | None) -> dict[str, Any]:
    """What the form shows at first: what the group asked for before, or else the event's own title."""
    if promotion is None:
        return {"subject": event.title, "language": get_language() or event.language}
    return {name: getattr(promotion, name) for name in (*PLANNED, "revision")}


# --- staff ----------------------------------------------------------------------------------------------------


class PromotionTurnForm(forms.Form):
    """An act of staff on a promotion as it was read."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class PromotionTimeForm(PromotionTurnForm):
    """When an approved promotion begins to go out, on the clocks of the venue."""

    day = forms.DateField(label=gettext_lazy("Date"), widget=DAY_INPUT)
    time = forms.TimeField(
        label=gettext_lazy("Begins to go out at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=gettext_lazy("Between 9 in the morning and 8 in the evening."),
    )  # fmt: skip

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.zone = event.time_zone
        begins = f"{day_in_words(event.starts_at, self.zone)}, {clock_in_words(event.starts_at, self.zone)}"
        self.fields["day"].help_text = _("On the clocks of the venue. The event begins: %(when)s.") % {"when": begins}

    @classmethod
    def proposed(cls, moment: datetime.datetime) -> dict[str, Any]:
        """What the form shows at first: the day and the hour of `moment`, which is on the clocks of the venue."""
        return {"day": moment.date(), "time": moment.time().replace(minute=0, second=0, microsecond=0)}

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"day", "time"} <= set(given):
            try:
                given["send_at"] = moment_at(datetime.datetime.combine(given["day"], given["time"]), self.zone)
            except SkippedTimeError:
                self.add_error("time", _("There is no such time on that day: the clocks are put forward over it."))
        return given


class PromotionChangesForm(PromotionTurnForm):
    """What the group is to change."""

    text = forms.CharField(
        label=gettext_lazy("What is to be changed?"), max_length=1000, widget=_AREA,
        help_text=gettext_lazy("The group gets it by mail."),
    )  # fmt: skip


class PromotionDeclineForm(PromotionTurnForm):
    """Why the promotion is declined."""

    text = forms.CharField(
        label=gettext_lazy("Reason"), max_length=1000, widget=_AREA,
        help_text=gettext_lazy("The group gets it by mail."),
    )  # fmt: skip


class PromotionCancelForm(forms.Form):
    """Why it is called off."""

    because = forms.CharField(
        label=gettext_lazy("Why is it called off?"), max_length=1000, widget=_AREA,
        help_text=gettext_lazy("Your group and national staff read it."),
    )  # fmt: skip
