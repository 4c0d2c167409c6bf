"""What people fill in about calls."""

import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.mail.addresses import InvalidAddressError, normalise_address
from members.people import Contact

from .call_times import US_ZONES, SkippedTimeError, moment_in, other_zones
from .calls import CallPlan
from .forms import PlaceField, plausible_year
from .models import AgendaQuestion, Call, FollowUp
from .regions import staff_organizers

# Not type="url": what was typed wrong is shown again, and would be no valid value of it.
URL_INPUT = forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"})
DAY_INPUT = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class WhereForm(forms.Form):
    """Where the visitor is, so that times can be told on their clocks."""

    hide_optional = True
    near = PlaceField(required=False)

    @property
    def zone(self) -> str:
        """The zone of the place; empty where the field was, or where we do not know it."""
        place = self.cleaned_data.get("near")
        return place.time_zone if place else ""


def zone_choices() -> list[Any]:
    """All time zones to choose from, those of the United States first."""
    first = [(zone, zone.rpartition("/")[2].replace("_", " ")) for zone in US_ZONES]
    others = [(zone, zone.replace("_", " ")) for zone in other_zones()]
    return [(_("United States"), first), (_("Elsewhere"), others)]


class CallForm(forms.Form):
    """A call, as staff set it: the day and the hour are by the clocks of the zone."""

    day = forms.DateField(label=gettext_lazy("Date"), widget=DAY_INPUT, validators=[plausible_year])
    time = forms.TimeField(
        label=gettext_lazy("Begins at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("By the clocks of"),
        choices=zone_choices,
        help_text=gettext_lazy("People elsewhere are also told the time where they are."),
    )
    minutes = forms.IntegerField(label=gettext_lazy("Length in minutes"), min_value=10, max_value=600, initial=60)
    language = forms.ChoiceField(label=gettext_lazy("Spoken in"), choices=settings.LANGUAGES)
    join_link = forms.URLField(
        label=gettext_lazy("Link to join"),
        max_length=300,
        assume_scheme="https",
        widget=URL_INPUT,
        help_text=gettext_lazy("Shown only to those who may come in."),
    )
    join_words = forms.CharField(
        label=gettext_lazy("How else to join"),
        max_length=300,
        required=False,
        help_text=gettext_lazy("Such as a telephone number and a code."),
    )
    capacity = forms.IntegerField(
        label=gettext_lazy("Places"),
        required=False,
        min_value=1,
        max_value=100_000,
        help_text=gettext_lazy("Leave it empty for no limit."),
    )
    host = forms.ModelChoiceField(
        label=gettext_lazy("Held by"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("Not decided yet"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, initial=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["host"].queryset = staff_organizers()  # type: ignore[attr-defined]

    def clean_join_link(self) -> str:
        link: str = self.cleaned_data["join_link"]
        if not link.startswith(("https://", "http://")):
            raise ValidationError(_("Enter the address of a page, which begins with https://."))
        return link

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if {"day", "time", "time_zone"} <= set(given):
            try:
                given["starts_at"] = moment_in(given["time_zone"], given["day"], given["time"])
            except SkippedTimeError:
                self.add_error("time", _("There is no such time on that day: the clocks are put forward over it."))
        return given

    def plan(self) -> CallPlan:
        """What was filled in, from a form that is valid."""
        given = self.cleaned_data
        names = ("starts_at", "time_zone", "language", "join_link", "join_words", "capacity", "host")
        ends_at = given["starts_at"] + datetime.timedelta(minutes=given["minutes"])
        return CallPlan(ends_at=ends_at, **{name: given[name] for name in names})


def filled_in(plan: CallPlan | Call, *, revision: int = 0) -> dict[str, Any]:
    """What the form shows of a call, or of the plan of one."""
    here = plan.starts_at.astimezone(ZoneInfo(plan.time_zone))
    return {
        "day": here.date(),
        "time": here.time(),
        "minutes": int((plan.ends_at - plan.starts_at).total_seconds() // 60),
        "revision": revision,
        **{
            name: getattr(plan, name)
            for name in ("time_zone", "language", "join_link", "join_words", "capacity", "host")
        },
    }


class AttendeeForm(forms.Form):
    """Somebody who came without having signed up."""

    given_name = forms.CharField(label=gettext_lazy("Given name"), max_length=120)
    family_name = forms.CharField(label=gettext_lazy("Family name"), max_length=120, required=False)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "off"})
    )

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"])
        except InvalidAddressError as error:
            raise ValidationError(_("Enter a valid email address.")) from error

    def contact(self) -> Contact:
        """Who came, from a form that is valid."""
        return Contact(**self.cleaned_data)


class QuestionForm(forms.ModelForm):  # type: ignore[type-arg]
    """What a group wants to have spoken about."""

    class Meta:
        model = AgendaQuestion
        fields = ("text",)
        widgets = {"text": forms.Textarea(attrs={"rows": 3})}  # noqa: RUF012


class AnswerForm(forms.Form):
    """What was answered."""

    answer = forms.CharField(label=gettext_lazy("Answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))


class FollowUpForm(forms.ModelForm):  # type: ignore[type-arg]
    """What somebody promised to do, by when, and to which question."""

    class Meta:
        model = FollowUp
        fields = ("what", "who", "due", "question")
        widgets = {"due": DAY_INPUT}  # noqa: RUF012

    def __init__(self, *args: Any, call: Call, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        question = self.fields["question"]
        question.label, question.queryset = _("To the question"), call.questions.order_by("asked_at", "pk")  # type: ignore[attr-defined]
        question.empty_label = _("To no question in particular")  # type: ignore[attr-defined]
        self.fields["who"].label, self.fields["what"].label = _("Who does it"), _("What is to be done")
