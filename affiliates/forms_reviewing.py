"""What staff fill in when they review, and what a group fills in that objects to a name."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import StaffTask, User

from .application_tasks import QUESTIONS
from .models import Application, DisputeOutcome
from .review_facts import Alike

_AREA = forms.Textarea(attrs={"rows": 4})


class TurnForm(forms.Form):
    """An act on an application as it was read: its revision, and the newest event that was on the page."""

    revision = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    seen = forms.IntegerField(min_value=0, required=False, widget=forms.HiddenInput)


class ReasonForm(TurnForm):
    """A reason that the group reads."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1000, widget=_AREA, help_text=_("The group’s contacts get it by mail.")
    )


class WaiveForm(TurnForm):
    """Why no organizing call is needed this time."""

    reason = forms.CharField(
        label=_("Why is no organizing call needed?"), max_length=500, widget=_AREA,
        help_text=_("It stands in the history, for both sides."),
    )  # fmt: skip


class ChangesForm(TurnForm):
    """One optional text for each question of the application; at least one is needed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for key, question in QUESTIONS.items():
            self.fields[key] = forms.CharField(
                label=str(question.label), required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 2})
            )
        self.fields["agreement"].help_text = _("Asking here declines the signed agreement, so that they can sign anew.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not self.asked:
            raise forms.ValidationError(_("Write at one question or more what is to be changed."))
        return cleaned

    @property
    def asked(self) -> dict[str, str]:
        """What was typed, by question."""
        return {key: text for key in QUESTIONS if (text := self.cleaned_data.get(key, ""))}


class NoteForm(forms.Form):
    """A note for staff."""

    text = forms.CharField(label=_("Note for staff"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class AssignForm(TurnForm):
    """Who takes care of it: anybody who may review, or nobody."""

    to = forms.ModelChoiceField(
        label=_("Assigned to"), queryset=User.objects.none(), required=False, empty_label=_("Nobody")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = reviewers()  # type: ignore[attr-defined]


def reviewers() -> Any:
    """The staff who may review, by name."""
    staff = User.objects.staff().filter(is_active=True)
    may = staff.filter(is_superuser=True) | staff.filter(rights__task=StaffTask.AGREEMENTS)
    return may.distinct().order_by("name", "email")


class OpenDisputeForm(forms.Form):
    """With whom the dispute is, and what about."""

    other = forms.ChoiceField(label=_("Whose name is it like?"), widget=forms.RadioSelect)
    because = forms.CharField(
        label=_("What is the dispute about?"), max_length=1000, widget=_AREA, help_text=_("Staff read this.")
    )

    def __init__(self, *args: Any, alike: list[Alike], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._alike = {one.key: one for one in alike}
        self.fields["other"].choices = [  # type: ignore[attr-defined]
            (one.key, f"{one.other.name}, {one.other.place_name} ({one.percent} %)") for one in alike
        ]

    @property
    def chosen(self) -> Alike:
        """The one that was chosen, of a form that is valid."""
        return self._alike[self.cleaned_data["other"]]


class DisputeNoteForm(forms.Form):
    """What staff learned."""

    text = forms.CharField(label=_("Note"), max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class SettleForm(forms.Form):
    """How a dispute ends."""

    outcome = forms.ChoiceField(label=_("Outcome"), choices=DisputeOutcome.choices, widget=forms.RadioSelect)
    because = forms.CharField(
        label=_("Why?"), max_length=1000, widget=_AREA, help_text=_("Both sides get this by mail.")
    )


class ClaimForm(forms.Form):
    """ "This name is ours": which application, and why."""

    application = forms.ModelChoiceField(
        label=_("Which name is too much like yours?"), queryset=Application.objects.none(), widget=forms.RadioSelect,
        empty_label=None,
    )  # fmt: skip
    because = forms.CharField(label=_("Why is the name yours?"), max_length=1000, widget=_AREA)

    def __init__(self, *args: Any, applications: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["application"]
        field.queryset = applications  # type: ignore[attr-defined]
        # Nothing of an application but its name and place is for other groups.
        field.label_from_instance = lambda one: f"{one.name}, {one.place_name}"  # type: ignore[attr-defined]
