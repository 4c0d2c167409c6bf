"""What people fill in about endorsements: staff who decide, groups that endorse for themselves."""

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliates.call_times import SkippedTimeError, moment_in
from affiliates.forms_calls import DAY_INPUT, zone_choices

from .models import Candidate, Outcome

_AREA = forms.Textarea(attrs={"rows": 4})


class DecisionForm(forms.Form):
    """One person's word about what a poll recommends, as it was read. The second to approve fills in no more."""

    because = forms.CharField(
        label=gettext_lazy("Your reason"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("It is kept with your decision, for staff."),
    )  # fmt: skip
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class DeclineForm(DecisionForm):
    """Why national should not endorse."""

    because = forms.CharField(
        label=gettext_lazy("Your reason"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("When two people have declined, the groups that were asked get both reasons by mail."),
    )  # fmt: skip


class ApprovalForm(DecisionForm):
    """The first approval: with what is published, and from when. Valid, it has `public_from` (UTC, or None)."""

    statement = forms.CharField(
        label=gettext_lazy("Public statement"), max_length=4_000, required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=gettext_lazy("It stands on the candidate’s page, and in the mail to the groups that were asked."),
    )  # fmt: skip
    day = forms.DateField(
        label=gettext_lazy("Published not before"), widget=DAY_INPUT, required=False,
        help_text=gettext_lazy("Empty, it is published as soon as two people have approved it."),
    )  # fmt: skip
    time = forms.TimeField(
        label=gettext_lazy("At"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    time_zone = forms.ChoiceField(label=gettext_lazy("By the clocks of"), choices=zone_choices)
    field_order = ("statement", "day", "time", "time_zone", "because", "revision")

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["public_from"] = None
        if given.get("day") and not given.get("time") and "time" not in self.errors:
            self.add_error("time", _("Enter the time of day, too."))
        elif given.get("time") and not given.get("day") and "day" not in self.errors:
            self.add_error("day", _("Enter the day, too."))
        elif given.get("day") and given.get("time") and given.get("time_zone"):
            try:
                given["public_from"] = moment_in(given["time_zone"], given["day"], given["time"])
            except SkippedTimeError:
                self.add_error("time", _("There is no such time on that day: the clocks are put forward over it."))
        return given


class WithdrawalForm(forms.Form):
    """Why an endorsement is withdrawn."""

    because = forms.CharField(
        label=gettext_lazy("Why it is withdrawn"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("Everybody can read it on the candidate’s page; the groups asked get it by mail."),
    )  # fmt: skip


class OutcomeForm(forms.Form):
    """How staff end a conflict. Before the cure period is over they can only say that there is none."""

    outcome = forms.ChoiceField(label=gettext_lazy("How it ends"), widget=forms.RadioSelect)
    because = forms.CharField(
        label=gettext_lazy("Your reason"), max_length=1_000, widget=_AREA,
        help_text=gettext_lazy("The people of the group get it by mail."),
    )  # fmt: skip

    def __init__(self, *args: Any, may_uphold: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(Outcome.DISMISSED, _("There is no conflict: it may stay"))]
        if may_uphold:
            choices.append((Outcome.UPHELD, _("It was not put right in time")))
        self.fields["outcome"].choices = choices  # type: ignore[attr-defined]


class AllowForm(forms.Form):
    """Whom one thing may name, and why that is no support."""

    candidate = forms.ModelChoiceField(
        label=gettext_lazy("Who may be named"), queryset=Candidate.objects.none(),
        empty_label=gettext_lazy("Choose one"),
    )  # fmt: skip
    because = forms.CharField(label=gettext_lazy("Why this is no support"), max_length=1_000, widget=_AREA)

    def __init__(self, *args: Any, candidates: QuerySet[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["candidate"].queryset = candidates  # type: ignore[attr-defined]


class _CandidateChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """A candidate with the party, where it is known."""

    def label_from_instance(self, candidate: Any) -> str:
        return f"{candidate} ({candidate.party})" if candidate.party else str(candidate)


class GroupEndorsementForm(forms.Form):
    """Whom a group endorses in one race."""

    candidate = _CandidateChoice(
        label=gettext_lazy("Whom does your group endorse?"), queryset=Candidate.objects.none(), empty_label=None,
        widget=forms.RadioSelect,
    )  # fmt: skip
    statement = forms.CharField(
        label=gettext_lazy("What your group says about it"), max_length=2_000, required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("Everybody can read it on the candidate’s page and on that of your group."),
    )  # fmt: skip

    def __init__(self, *args: Any, candidates: QuerySet[Candidate], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["candidate"].queryset = candidates  # type: ignore[attr-defined]


class GroupWithdrawalForm(forms.Form):
    """Why a group takes its endorsement back; it need not say."""

    because = forms.CharField(
        label=gettext_lazy("Why your group withdraws it"), max_length=1_000, required=False, widget=_AREA,
        help_text=gettext_lazy("For your own records and for national staff. The public does not read it."),
    )  # fmt: skip
