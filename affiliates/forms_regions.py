"""What staff fill in about regions."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.places.countries import US, country_name, country_named
from foundation.places.states import MILITARY_STATES, STATES

from .models import Region
from .regions import Part, staff_organizers


def _state_choices() -> list[tuple[str, str]]:
    return sorted(
        ((code, state.name) for code, state in STATES.items() if code not in MILITARY_STATES), key=lambda one: one[1]
    )


class RegionForm(forms.Form):
    """A region: its name, who organizes it, and what it is made of."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    organizer = forms.ModelChoiceField(
        label=gettext_lazy("Staff organizer"),
        queryset=User.objects.none(),
        required=False,
        empty_label=gettext_lazy("Nobody yet"),
    )
    states = forms.MultipleChoiceField(
        label=gettext_lazy("States"), choices=_state_choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    countries = forms.CharField(
        label=gettext_lazy("Countries abroad"),
        required=False,
        max_length=2000,
        help_text=gettext_lazy("One a line, such as Mexico."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organizer"].queryset = staff_organizers()  # type: ignore[attr-defined]

    def clean_countries(self) -> list[str]:
        return [_country(line.strip()) for line in self.cleaned_data["countries"].splitlines() if line.strip()]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given["states"] and not given["countries"]:
            self.add_error("states", _("Choose at least one state or country."))
        return given

    def parts(self) -> set[Part]:
        """What the region is to be made of, from a form that is valid."""
        given = self.cleaned_data
        return {Part(US, state) for state in given["states"]} | {Part(country) for country in given["countries"]}


def _country(line: str) -> str:
    code = country_named(line)
    if code is None:
        raise ValidationError(_("We know no country called “%(name)s”.") % {"name": line})
    if code == US:
        raise ValidationError(_("The United States are chosen state by state."))
    return code


def filled_in(region: Region) -> dict[str, Any]:
    """What the form shows of a region."""
    parts = list(region.parts.order_by("country", "state"))
    return {
        "name": region.name,
        "organizer": region.organizer_id,
        "states": [part.state for part in parts if part.state],
        "countries": "\n".join(country_name(part.country) for part in parts if not part.state),
    }
