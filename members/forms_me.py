"""What people change about themselves."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from foundation.places.search import PlaceError, find_place

from .choices import Asker
from .models import Person


class DetailsForm(forms.Form):
    """Name, home and language of a person."""

    given_name = forms.CharField(
        label=_("First name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )
    family_name = forms.CharField(
        label=_("Last name"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "family-name"}),
    )
    zip_code = forms.CharField(
        label=_("ZIP code"),
        max_length=10,
        required=False,
        help_text=_("So that we can tell you what happens near you."),
        widget=forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric", "class": "w-8"}),
    )
    language = forms.ChoiceField(label=_("Language of our mails"), choices=settings.LANGUAGES)

    @classmethod
    def of(cls, person: Person, data: Any) -> "DetailsForm":
        """The form with what is known, or with what was typed."""
        known = {
            "given_name": person.given_name,
            "family_name": person.family_name,
            "zip_code": person.zip_code_id or "",
            "language": person.language,
        }
        return cls(data, initial=known)

    def clean_zip_code(self) -> str:
        typed = str(self.cleaned_data["zip_code"]).strip()
        if not typed:
            return ""
        try:
            place = find_place(typed)
        except PlaceError as error:
            raise forms.ValidationError(str(error)) from error
        if not place.zip_code:
            raise forms.ValidationError(_("Enter a ZIP code of five digits, such as 02139."))
        return place.zip_code


class PhoneForm(forms.Form):
    """One more phone number."""

    hide_optional = True
    number = PhoneNumberField(
        label=_("Phone number"),
        help_text=_("With the country code if it is not a number in the United States."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel", "class": "w-16"}),
    )

    def clean_number(self) -> str:
        return str(self.cleaned_data["number"].as_e164)


class ConsentForm(forms.Form):
    """Every question as a box with its exact words; ticked where the person's yes stands."""

    def __init__(self, *args: Any, asked: Sequence[Asker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = asked
        for asker in asked:
            for question in asker.questions:
                self.fields[question.key] = forms.BooleanField(
                    label=question.words, required=False, initial=question.is_given
                )

    def by_asker(self) -> list[tuple[str, list[tuple[Any, forms.BoundField]]]]:
        """Who asks, and each question with its box."""
        return [(asker.name, [(question, self[question.key]) for question in asker.questions]) for asker in self.asked]


class DeleteForm(forms.Form):
    """A deliberate act takes a tick."""

    is_sure = forms.BooleanField(
        label=_("Yes, delete everything about me. I know that nobody can bring it back."),
        error_messages={"required": _("Tick the box if you want to be deleted.")},
    )
