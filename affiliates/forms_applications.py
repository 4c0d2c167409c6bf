"""What applicants fill in: one question a form."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from foundation.places.countries import US, country_named
from foundation.places.keys import name_key
from foundation.places.search import Place, PlaceError

from .applications import PLAN_LENGTH
from .forms import OneLineField, PlaceField
from .homes import home_abroad, home_at
from .models import Application


class HomeField(PlaceField):
    """A ZIP code or a city; cleans to a Place that a group can be at home in."""

    def clean(self, value: Any) -> Place | None:
        place = super().clean(value)
        try:
            return home_at(place) if place else None
        except PlaceError as error:
            raise forms.ValidationError(str(error), code="home") from error


class NearForm(forms.Form):
    """The guide's own question: where? `near` stands in the page's address."""

    hide_optional = True

    near = PlaceField(label=_("Your ZIP code, or city and state"), required=False)


class AnswerForm(forms.Form):
    """A question of an application. `revision` is that of the answers which the page was made from."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"revision": application.revision, **self.answer_of(application)})
        super().__init__(*args, **kwargs)

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        """What is saved now, by field: to fill in the form, and to stand beside what somebody else typed."""
        return {}

    @property
    def answers(self) -> dict[str, Any]:
        """What was filled in, for the step that saves it; of a form that is valid."""
        return {name: value for name, value in self.cleaned_data.items() if name != "revision"}

    def refuse(self, message: str, application: Application) -> None:
        """Say why it was not saved, and let what was typed be sent once more on the present reading."""
        self.add_error(None, message)
        self.data = {**{name: self.data.get(name) for name in self.data}, "revision": str(application.revision)}


class WhoForm(AnswerForm):
    """Who the applicant is."""

    name = forms.CharField(
        label=_("Your full name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    phone = PhoneNumberField(
        label=_("Your phone number"),
        required=False,
        help_text=_("For questions of national staff only. Nobody else sees it."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
    )

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        return {"name": application.applicant_name, "phone": application.applicant_phone}

    @property
    def answers(self) -> dict[str, Any]:
        phone = self.cleaned_data["phone"]
        return {"name": self.cleaned_data["name"], "phone": phone.as_e164 if phone else ""}


class WhereForm(AnswerForm):
    """Where the group is at home."""

    place = HomeField(
        help_text=_("The ZIP code of the place where you meet is best. Outside the United States: city and country."),
    )

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        return {"place": application.zip_code_id or application.place_name}


class AbroadForm(AnswerForm):
    """A place outside the United States that the search does not know."""

    place_name = OneLineField(label=_("Name of the place"), max_length=120, help_text=_("such as Allende, Mexico"))
    country = forms.CharField(label=_("Country"), max_length=60, widget=forms.TextInput(attrs={"class": "w-16"}))
    latitude = forms.FloatField(
        label=_("Latitude"), min_value=-90, max_value=90, help_text=_("In degrees, such as 25.28; south is negative."),
        widget=forms.TextInput(attrs={"inputmode": "text", "class": "w-16"}),
    )  # fmt: skip
    longitude = forms.FloatField(
        label=_("Longitude"), min_value=-180, max_value=180,
        help_text=_("In degrees, such as -100.02; west is negative."),
        widget=forms.TextInput(attrs={"inputmode": "text", "class": "w-16"}),
    )  # fmt: skip

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        if application.country == US:
            return {}
        columns = ("place_name", "country", "latitude", "longitude")
        return {column: getattr(application, column) for column in columns}

    def clean_country(self) -> str:
        code = country_named(self.cleaned_data["country"])
        if code is None:
            raise forms.ValidationError(_("We know no country of this name. Enter its name in English."))
        if code == US:
            raise forms.ValidationError(_("In the United States, go back and enter the ZIP code."))
        return code

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if not self.errors:
            try:
                given["place"] = home_abroad(
                    name=given["place_name"], country=given["country"], latitude=given["latitude"],
                    longitude=given["longitude"],
                )  # fmt: skip
            except PlaceError as error:
                self.add_error("latitude", str(error))
        return given

    @property
    def answers(self) -> dict[str, Any]:
        return {"place": self.cleaned_data["place"]}


class NameForm(AnswerForm):
    """What the group is called."""

    name = forms.CharField(
        label=_("The name of the group"),
        max_length=120,
        help_text=_("As people will find it on the map. You can change it until you file."),
    )

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        return {"name": application.name}

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if not name_key(name):
            raise forms.ValidationError(_("A name needs at least one letter or number."))
        return name


class NeighboursForm(AnswerForm):
    """Why another group is needed beside those that there are."""

    why_another = forms.CharField(
        label=_("Why is another group needed?"),
        max_length=2000,
        help_text=_("Such as another language, another part of town, other days. National staff read it."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not needs_reason:
            self.fields["why_another"] = forms.CharField(required=False, widget=forms.HiddenInput)

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        return {"why_another": application.why_another}


class PlanForm(AnswerForm):
    """One of the three questions of the plan."""

    column: str
    text = forms.CharField(max_length=PLAN_LENGTH, widget=forms.Textarea(attrs={"rows": 8}))

    @classmethod
    def answer_of(cls, application: Application) -> dict[str, Any]:
        return {"text": getattr(application, cls.column)}

    @property
    def answers(self) -> dict[str, Any]:
        return {"field": self.column, "text": self.cleaned_data["text"]}


class IssuesForm(PlanForm):
    """Local issues."""

    column = "plan_issues"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.label = _("Which issues of your place do you want to work on?")
        field.help_text = _("Two or three, in a few sentences: what is wrong, and for whom.")


class ActionsForm(PlanForm):
    """Actions."""

    column = "plan_actions"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.label = _("What will you do about them in the first six months?")
        field.help_text = _("What, when, and with whom. A first meeting is a good start.")


class PrioritiesForm(PlanForm):
    """How these serve the network's priorities."""

    column = "plan_priorities"

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["text"]
        field.label = _("How does that serve the network’s priorities?")
        field.help_text = _("Which of them, and in what way.")


class ContactForm(forms.Form):
    """Inviting another point of contact."""

    name = forms.CharField(label=_("Their name"), max_length=120)
    email = forms.EmailField(
        label=_("Their e-mail address"),
        max_length=254,
        help_text=_("They get a mail with a link, and are a point of contact once they accept."),
    )


class WithdrawForm(forms.Form):
    """Taking an application back."""

    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    text = forms.CharField(
        label=_("Why?"),
        required=False,
        max_length=1000,
        help_text=_("National staff read it, and so do the other people of the application."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
