"""What the people of a group, and staff about a group in force, fill in."""

import datetime
from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from .forms import plausible_year
from .models import EndCause, Group, Role
from .page_editing import MOST_LINKS, PageContent, areas_to_choose_from, content_of


class InvitationForm(forms.Form):
    """Whom to invite, and to what."""

    email = forms.EmailField(label=_("Their e-mail address"), max_length=254)
    name = forms.CharField(
        label=_("Their name"), max_length=120, required=False,
        help_text=_("Only for your list: the mail does not repeat it."),
    )  # fmt: skip
    role = forms.ChoiceField(label=_("What they do"), choices=Role.choices, widget=forms.RadioSelect)
    hands_over = forms.BooleanField(label=_("I hand this role over: when they accept, mine ends"), required=False)


class PageForm(forms.Form):
    """The group's public page, all of it at once."""

    about = forms.CharField(
        label=_("About the group"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Who you are and what you do. Leave a blank line between paragraphs."),
    )  # fmt: skip
    plan = forms.CharField(
        label=_("What you are working on"), max_length=8000, required=False, widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("Your plan in words for the public. Empty, it is not shown."),
    )  # fmt: skip
    contact_email = forms.EmailField(
        label=_("Contact address"), max_length=254, required=False,
        help_text=_("Never shown: the contact form writes to it. Empty, it writes to the points of contact."),
    )  # fmt: skip

    def __init__(self, data: Mapping[str, Any] | None = None, *, group: Group) -> None:
        content = content_of(group)
        initial: dict[str, Any] = {"about": content.about, "plan": content.plan, "contact_email": content.contact_email}
        for number, (label, url) in enumerate(content.links[:MOST_LINKS], start=1):
            initial |= {f"label_{number}": label, f"url_{number}": url}
        initial["areas"] = [str(area.pk) for area in content.areas]
        super().__init__(data, initial=initial)
        self._areas = {str(area.pk): area for area in areas_to_choose_from(group)}
        if self._areas:
            self.fields["areas"] = forms.MultipleChoiceField(
                label=_("Areas served"), required=False, widget=forms.CheckboxSelectMultiple,
                choices=[(key, str(area)) for key, area in self._areas.items()],
                help_text=_("Where the group works, beside its home. In their polls it has a vote too."),
            )  # fmt: skip
        for number in range(1, MOST_LINKS + 1):
            self.fields[f"label_{number}"] = forms.CharField(
                label=_("Link %(number)s: what it is called") % {"number": number}, max_length=40, required=False
            )
            self.fields[f"url_{number}"] = forms.URLField(
                label=_("Link %(number)s: its address") % {"number": number}, max_length=300, required=False,
                assume_scheme="https",
            )  # fmt: skip

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self["about"], self["plan"], self["contact_email"]]

    @property
    def area_field(self) -> forms.BoundField | None:
        """The areas to choose from, where there are any."""
        return self["areas"] if self._areas else None

    @property
    def link_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """The links that are filled in, and one more to fill in."""
        return self._links()[: self._links_shown]

    @property
    def more_link_rows(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        """What is left to fill in, folded away."""
        return self._links()[self._links_shown :]

    @property
    def _links_shown(self) -> int:
        used = [place for place, row in enumerate(self._links(), start=1) if any(field.value() for field in row)]
        return max(used, default=0) + 1

    def _links(self) -> list[tuple[forms.BoundField, forms.BoundField]]:
        return [(self[f"label_{number}"], self[f"url_{number}"]) for number in range(1, MOST_LINKS + 1)]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        seen: set[str] = set()
        for number in range(1, MOST_LINKS + 1):
            self._check_link(number, cleaned, seen)
        return cleaned

    def _check_link(self, number: int, cleaned: dict[str, Any], seen: set[str]) -> None:
        label, url = cleaned.get(f"label_{number}", ""), cleaned.get(f"url_{number}", "")
        if url and not url.lower().startswith(("http://", "https://")):
            self.add_error(f"url_{number}", _("Enter an address that begins with https://."))
        elif url in seen:
            self.add_error(f"url_{number}", _("This address is there already."))
        elif url and not label:
            self.add_error(f"label_{number}", _("Say what the link is called."))
        elif label and not url and f"url_{number}" not in self.errors:
            self.add_error(f"url_{number}", _("Enter the address of the link."))
        if url:
            seen.add(url)

    @property
    def content(self) -> PageContent:
        """What was typed, for the domain. Only after is_valid()."""
        cleaned = self.cleaned_data
        links = [
            (cleaned[f"label_{number}"], cleaned[f"url_{number}"])
            for number in range(1, MOST_LINKS + 1)
            if cleaned[f"url_{number}"]
        ]
        areas = tuple(self._areas[key] for key in cleaned.get("areas", []))
        return PageContent(cleaned["about"], cleaned["plan"], cleaned["contact_email"].lower(), links, areas)


class EndForm(forms.Form):
    """The group's last word."""

    reason = forms.CharField(
        label=_("Is there something that you want to tell us?"), max_length=1000, required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )  # fmt: skip
    understood = forms.BooleanField(
        label=_("I understand what ends, and end the agreement for the group"),
        error_messages={"required": _("Tick the box if you want to end the agreement.")},
    )


class NationalEndForm(forms.Form):
    """Why national ends an agreement. The group reads it."""

    cause = forms.ChoiceField(label=_("The reason in short"), choices=EndCause.choices, widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("The reason in words"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("The points of contact get it by mail, and it stays with the agreement."),
    )  # fmt: skip
    understood = forms.BooleanField(
        label=_("I understand what ends, and end the agreement for the network"),
        error_messages={"required": _("Tick the box if you want to end the agreement.")},
    )


class AllowReturnForm(forms.Form):
    """Why a group may come back."""

    reason = forms.CharField(
        label=_("Why may it come back?"), max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("It stays with the agreement; the group does not get it by mail."),
    )  # fmt: skip


def _end_of(day: datetime.date) -> datetime.datetime:
    """The last moment of a day on the network's clocks."""
    return datetime.datetime.combine(day, datetime.time(23, 59), tzinfo=ZoneInfo(settings.TIME_ZONE))


class RoundForm(forms.Form):
    """Until when the groups sign, and what is new."""

    due = forms.DateField(
        label=_("Last day to sign"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[plausible_year],
        help_text=_("At least 30 days from now. Groups that have not signed by then lapse."),
    )  # fmt: skip
    note = forms.CharField(
        label=_("What is new"), max_length=1000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("In plain words. It stands in the mail to the groups."),
    )  # fmt: skip

    @property
    def due_at(self) -> datetime.datetime:
        """The end of that day. Only after is_valid()."""
        return _end_of(self.cleaned_data["due"])

    def clean_note(self) -> str:
        note: str = self.cleaned_data["note"].strip()
        if not note:
            raise ValidationError(_("Say what is new."))
        return note


class LaterForm(forms.Form):
    """A later date for a round."""

    due = forms.DateField(
        label=_("New last day to sign"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[plausible_year],
        help_text=_("It can be made later, never earlier."),
    )  # fmt: skip

    @property
    def due_at(self) -> datetime.datetime:
        """The end of that day. Only after is_valid()."""
        return _end_of(self.cleaned_data["due"])
