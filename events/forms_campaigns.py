"""What staff fill in about campaigns, hosts about attendance online, and people who say that they are there."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from affiliates.forms import OneLineField, plausible_year
from foundation.accounts.language import present_language
from foundation.imports.opening import too_large
from foundation.mail.addresses import InvalidAddressError, normalise_address
from foundation.places.states import MILITARY_STATES, STATES

from .attendance_codes import Claimant
from .attendance_files import MOST_BYTES
from .campaigns import CampaignPlan, KitLink
from .models import EventKind

_DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LONGEST_LABEL, LONGEST_URL = 60, 300  # the columns of CampaignLink
_is_web_address = URLValidator(schemes=["https", "http"])


def _state_choices() -> list[tuple[str, str]]:
    return sorted(
        ((code, state.name) for code, state in STATES.items() if code not in MILITARY_STATES), key=lambda one: one[1]
    )


def _kind_choices() -> list[tuple[str, str]]:
    return [(kind.value, str(kind.label)) for kind in EventKind if kind != EventKind.CALL]


def _text(label: Any, *, rows: int, **kwargs: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.Textarea(attrs={"rows": rows}), **kwargs)


class LinksField(forms.CharField):
    """Links, one a line: what it is called, then its address. Cleans to a tuple of KitLink."""

    widget = forms.Textarea

    def clean(self, value: Any) -> Any:
        lines = (super().clean(value) or "").splitlines()
        return tuple(_link(number, line.strip()) for number, line in enumerate(lines, 1) if line.strip())


def _link(number: int, line: str) -> KitLink:
    label, _space, url = line.rpartition(" ")
    label = label.strip().rstrip(":–-").strip()
    try:
        _is_web_address(url)
    except ValidationError as error:
        raise ValidationError(
            _("Line %(number)d does not end in an address such as https://example.org/poster.") % {"number": number}
        ) from error
    if not label or len(label) > LONGEST_LABEL or len(url) > LONGEST_URL:
        raise ValidationError(_("Line %(number)d has no name, or is too long.") % {"number": number})
    return KitLink(label, url)


class CampaignForm(forms.Form):
    """A campaign: what it is, when and where, and what its hosts begin with."""

    title = OneLineField(label=gettext_lazy("Title"), max_length=120)
    about = _text(gettext_lazy("What it is about"), rows=6, max_length=4000)
    kind = forms.ChoiceField(label=gettext_lazy("Kind of event"), choices=_kind_choices)
    starts_on = forms.DateField(label=gettext_lazy("First day"), widget=_DAY, validators=[plausible_year])
    ends_on = forms.DateField(
        label=gettext_lazy("Last day"),
        widget=_DAY,
        validators=[plausible_year],
        help_text=gettext_lazy("The local events are held between these days."),
    )
    states = forms.MultipleChoiceField(
        label=gettext_lazy("States"),
        choices=_state_choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only groups there can host. None at all means everywhere."),
    )
    event_title = OneLineField(
        label=gettext_lazy("Title for the local events"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Hosts begin with it, and can change it."),
    )
    event_about = _text(gettext_lazy("Text for the local events"), rows=4, max_length=4000, required=False)
    kit = _text(
        gettext_lazy("Host kit"),
        rows=8,
        max_length=20_000,
        required=False,
        help_text=gettext_lazy("What helps a host: only those who host read it. Blank lines part paragraphs."),
    )
    links = LinksField(
        label=gettext_lazy("Links of the host kit"),
        required=False,
        max_length=8000,
        help_text=gettext_lazy("One a line: a name, then the address. Such as: Poster https://example.org/poster"),
    )
    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def plan(self) -> CampaignPlan:
        """What is to be made, from a form that is valid."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "revision"}
        return CampaignPlan(**{**given, "states": tuple(given["states"])})


def filled_in(plan: CampaignPlan, *, revision: int) -> dict[str, Any]:
    """What the form shows of a campaign."""
    links = "\n".join(f"{link.label} {link.url}" for link in plan.links)
    return {**vars(plan), "states": list(plan.states), "links": links, "revision": revision}


class CampaignTurnForm(forms.Form):
    """Opening and closing a campaign as it was read."""

    revision = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


class HostMessageForm(forms.Form):
    """A message to the hosts of a campaign."""

    subject = forms.CharField(label=gettext_lazy("Subject"), max_length=120)
    text = _text(
        gettext_lazy("Message"),
        rows=10,
        max_length=10_000,
        help_text=gettext_lazy("Plain text. Addresses of web pages become links, blank lines part paragraphs."),
    )

    def clean_subject(self) -> str:
        return " ".join(self.cleaned_data["subject"].split())


class AttendanceWordsForm(forms.Form):
    """The words that are said; events.attendance_codes says what they may be."""

    words = forms.CharField(
        label=gettext_lazy("Words to say"),
        max_length=60,
        help_text=gettext_lazy("One, two or three plain words. Case and accents do not matter."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )


class SaidWordsForm(forms.Form):
    """What somebody who is signed in types."""

    words = forms.CharField(
        label=gettext_lazy("The words that were said"),
        max_length=60,
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none"}),
    )


class ClaimForm(SaidWordsForm):
    """What somebody types who is not."""

    given_name = forms.CharField(
        label=gettext_lazy("First name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "given-name"})
    )
    family_name = forms.CharField(
        label=gettext_lazy("Last name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "family-name"})
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        max_length=254,
        help_text=gettext_lazy("We send one mail with a link to confirm. Nothing counts before you do."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        return _normal(self.cleaned_data["email"])

    def claimant(self) -> Claimant:
        """Who says that they are there, from a form that is valid."""
        given = {name: self.cleaned_data[name] for name in ("email", "given_name", "family_name")}
        return Claimant(**given, language=present_language())


def _normal(email: str) -> str:
    try:
        return normalise_address(email)
    except InvalidAddressError as error:
        raise ValidationError(_("Enter a valid email address.")) from error


class AttendanceFileForm(forms.Form):
    """The list of a conferencing tool. What is wrong with it is found by events.attendance_files."""

    file = forms.FileField(
        label=gettext_lazy("List of participants"),
        allow_empty_file=True,  # refused in the reader's own words
        help_text=gettext_lazy("The CSV file that your conferencing tool exports after the call, as it is."),
        error_messages={"required": gettext_lazy("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )
    least_minutes = forms.IntegerField(
        label=gettext_lazy("Minutes at least"),
        min_value=0,
        max_value=600,
        initial=5,
        help_text=gettext_lazy("Whoever was there for less is not counted."),
    )

    def clean_file(self) -> Any:
        """Far from what the largest call's list has, and read within the request."""
        file = self.cleaned_data["file"]
        if file and file.size > MOST_BYTES:
            raise ValidationError(str(too_large(MOST_BYTES)))
        return file


class MatchForm(forms.Form):
    """Who somebody on the list is: one of those who answered, or an address."""

    person = forms.ChoiceField(label=gettext_lazy("Somebody who had answered"), required=False)
    email = forms.EmailField(
        label=gettext_lazy("Or their e-mail address"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Whoever the network does not know yet is taken down with the name on the list."),
    )

    def __init__(self, *args: Any, people: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", _("nobody of these")), *((str(pk), name) for pk, name in people)]
        self.fields["person"].choices = choices  # type: ignore[attr-defined]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        return _normal(email) if email else ""

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and bool(given.get("person")) == bool(given.get("email")):
            self.add_error("email", _("Choose somebody, or enter an address: one of the two."))
        return given
