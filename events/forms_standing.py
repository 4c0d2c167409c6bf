"""What staff fill in when they review an event, and what its hosts fill in beside planning it."""

from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from .models import EventReport, RsvpState
from .notices import MESSAGE_STATES

_AREA = forms.Textarea(attrs={"rows": 4})


class EventTurnForm(forms.Form):
    """An act of staff on an event as it was read."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class EventChangesForm(EventTurnForm):
    """What the host is to change."""

    text = forms.CharField(
        label=_("What is to be changed?"), max_length=1000, widget=_AREA, help_text=_("The hosts get it by mail.")
    )


class EventDeclineForm(EventTurnForm):
    """Why the event is declined."""

    text = forms.CharField(label=_("Reason"), max_length=1000, widget=_AREA, help_text=_("The hosts get it by mail."))


class EventCancelForm(forms.Form):
    """Why an event does not take place; of one that was never public nobody asks."""

    because = forms.CharField(
        label=_("Why does it not take place?"), max_length=500, widget=_AREA,
        help_text=_("Those who answered read it in their mail, everybody else on its page."),
    )  # fmt: skip

    def __init__(self, *args: Any, is_public: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not is_public:
            del self.fields["because"]


class EventMessageForm(forms.Form):
    """A message to those who answered. Who answers it reaches one of `addresses`."""

    to_states = forms.MultipleChoiceField(
        label=_("Who gets it?"), widget=forms.CheckboxSelectMultiple, initial=[RsvpState.GOING]
    )
    subject = forms.CharField(label=_("Subject"), max_length=120)
    text = forms.CharField(
        label=_("Message"),
        max_length=10_000,
        help_text=_("Plain text. Addresses of web pages become links, blank lines part paragraphs."),
        widget=forms.Textarea(attrs={"rows": 10}),
    )
    reply_to = forms.ChoiceField(
        label=_("Who gets the answers?"),
        help_text=_("Everybody who gets the message can see this address."),
        widget=forms.RadioSelect,
    )

    def __init__(self, *args: Any, addresses: list[str], counts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.addresses = addresses
        self.fields["reply_to"].choices = [(address, address) for address in addresses]  # type: ignore[attr-defined]
        self.fields["reply_to"].initial = addresses[0]
        self.fields["to_states"].choices = [  # type: ignore[attr-defined]
            (state, f"{_WHO[state]} ({counts.get(state, 0)})") for state in MESSAGE_STATES
        ]

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())


_WHO = {
    RsvpState.GOING: _("Those who are going"),
    RsvpState.WAITING: _("Those who wait for a place"),
    RsvpState.MAYBE: _("Those who may come"),
}


class ReportForm(forms.ModelForm):  # type: ignore[type-arg]
    """What the host tells of an event afterwards; one of the two at least."""

    class Meta:
        model = EventReport
        fields = ("head_count", "text")
        help_texts: ClassVar = {
            "head_count": _("Everybody, also those who were not checked in. Leave it empty if nobody counted."),
            "text": _("What went well, what is to be followed up. Your co-hosts and national staff read it."),
        }
        widgets: ClassVar = {"text": forms.Textarea(attrs={"rows": 6})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and cleaned.get("head_count") is None and not cleaned.get("text"):
            raise forms.ValidationError(_("Say how many people were there, or how it went."))
        return cleaned
