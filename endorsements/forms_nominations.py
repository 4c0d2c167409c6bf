"""What groups fill in to nominate, and to say what ties them to a campaign."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .candidates import CandidatePlan
from .forms_races import DAY_INPUT, capitalised, level_choices, state_choices
from .models import Candidate, ConflictKind, Race
from .races import RacePlan

SOMEBODY_ELSE = "else"
_ANOTHER_RACE = "else"


class NominationForm(forms.Form):
    """A candidate of the races near the group, or somebody else, in one of these races or in another one."""

    hide_optional = True  # what must be filled in hangs on what is chosen

    choice = forms.ChoiceField(
        label=gettext_lazy("Whom do you nominate?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a candidate, or somebody else.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Name of the candidate"), max_length=120, required=False,
        help_text=gettext_lazy("As it stands on the ballot."),
    )  # fmt: skip
    party = forms.CharField(label=gettext_lazy("Party"), max_length=80, required=False)
    link = forms.URLField(
        label=gettext_lazy("Website of the candidate"),
        max_length=300,
        required=False,
        assume_scheme="https",
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    race = forms.ChoiceField(label=gettext_lazy("In which race?"), required=False)
    office = forms.CharField(
        label=gettext_lazy("Office"), max_length=120, required=False,
        help_text=gettext_lazy("Such as State Senate, or Mayor."),
    )  # fmt: skip
    district = forms.CharField(
        label=gettext_lazy("District, city or county"), max_length=120, required=False,
        help_text=gettext_lazy("Such as 7, 57A, or Akron. Leave it empty for a whole state."),
    )  # fmt: skip
    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=level_choices, required=False)
    office_party = forms.CharField(
        label=gettext_lazy("Party whose office it is"), max_length=80, required=False,
        help_text=gettext_lazy("For party office only."),
    )  # fmt: skip
    state = forms.ChoiceField(label=gettext_lazy("State"), required=False)
    election_date = forms.DateField(label=gettext_lazy("Election"), widget=DAY_INPUT, required=False)
    reason = forms.CharField(
        label=gettext_lazy("Why this candidate?"),
        max_length=4_000,
        help_text=gettext_lazy("National staff read it, beside what other groups say."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(
        self, *args: Any, candidates: Sequence[Candidate], races: Sequence[Race], state: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._candidates = {str(candidate.pk): candidate for candidate in candidates}
        self._races = {str(race.pk): race for race in races}
        choice: Any = self.fields["choice"]
        choice.choices = [
            *((key, f"{candidate.name}, {candidate.race}") for key, candidate in self._candidates.items()),
            (SOMEBODY_ELSE, _("Somebody else")),
        ]
        race: Any = self.fields["race"]
        race.choices = [
            ("", _("Choose")),
            *((key, str(one)) for key, one in self._races.items()),
            (_ANOTHER_RACE, _("Another race")),
        ]
        states: Any = self.fields["state"]
        states.choices, states.initial = state_choices(_("the whole country")), state
        if not candidates:
            choice.initial = SOMEBODY_ELSE

    @property
    def person_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("name", "party", "link", "race")]

    @property
    def race_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ("office", "district", "level", "office_party", "state", "election_date")]

    @property
    def is_of_somebody_else(self) -> bool:
        """Is the part for somebody else to be open?"""
        return str(self["choice"].value()) == SOMEBODY_ELSE

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("choice") != SOMEBODY_ELSE:
            return cleaned
        self._require(cleaned, {"name": _("Enter the name of the candidate."), "race": _("Choose the race.")})
        if cleaned.get("race") == _ANOTHER_RACE:
            self._require(
                cleaned,
                {
                    "office": _("Say which office it is."),
                    "level": _("Say which level the office belongs to."),
                    "election_date": _("Say when the election is."),
                },
            )
        return cleaned

    def _require(self, cleaned: dict[str, Any], wanted: dict[str, str]) -> None:
        for name, words in wanted.items():
            if not cleaned.get(name) and name not in self.errors:
                self.add_error(name, words)

    @property
    def candidate(self) -> Candidate | None:
        """Who was chosen of those who are known. Only after is_valid()."""
        return self._candidates.get(self.cleaned_data["choice"])

    @property
    def candidate_plan(self) -> CandidatePlan:
        """Somebody else, as filled in. Only after is_valid()."""
        given = self.cleaned_data
        links = (("Website", given["link"]),) if given["link"] else ()
        return CandidatePlan(name=given["name"], party=given["party"], links=links)

    @property
    def race_or_plan(self) -> Race | RacePlan:
        """The race of somebody else: one that is known, or what was filled in. Only after is_valid()."""
        given = self.cleaned_data
        known = self._races.get(given["race"])
        return known or RacePlan(
            office=given["office"],
            district=given["district"],
            level=given["level"],
            party=given["office_party"],
            state=given["state"],
            election_date=given["election_date"],
        )

    def place_of_error(self, about: str) -> str | None:
        """The field that an error about this part of a plan stands at; None for the form as a whole."""
        moved = {"links": "link", "candidate": "choice", "party": "office_party"}
        name = moved.get(about, about)
        return name if name in self.fields else None


def _kinds() -> list[tuple[str, str]]:
    return capitalised(ConflictKind.choices)


class InterestForm(forms.Form):
    """What ties whoever is signed in to a campaign."""

    race = forms.ModelChoiceField(
        label=gettext_lazy("Race"), queryset=Race.objects.none(), empty_label=gettext_lazy("Choose")
    )
    kind = forms.ChoiceField(label=gettext_lazy("What ties you to it?"), choices=_kinds, widget=forms.RadioSelect)
    words = forms.CharField(
        label=gettext_lazy("In your words"),
        max_length=500,
        required=False,
        help_text=gettext_lazy("Whose campaign, and what you do there."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, races: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["race"].queryset = races  # type: ignore[attr-defined]
