"""What staff fill in about donations."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from phonenumber_field.formfields import PhoneNumberField

from .donation_texts import ZONE, UnreadableError, read_address, read_name, read_zip_code
from .people import Contact


class DonationForm(forms.Form):
    """Who gave, how much, when. A person is found by their address, or else by their number."""

    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)  # the same form sent twice is one donation
    email = forms.CharField(
        label=gettext_lazy("E-mail address"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    phone = PhoneNumberField(
        label=gettext_lazy("Phone number"),
        required=False,
        help_text=gettext_lazy("If they have no e-mail address."),
        widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "off"}),
    )
    given_name = forms.CharField(label=gettext_lazy("Given name"), required=False, max_length=120)
    family_name = forms.CharField(label=gettext_lazy("Family name"), required=False, max_length=120)
    zip_code = forms.CharField(label=gettext_lazy("ZIP code"), required=False, max_length=10)
    amount = forms.DecimalField(
        label=gettext_lazy("Amount in US dollars"), min_value=0.01, max_value=9_999_999, decimal_places=2
    )
    day = forms.DateField(
        label=gettext_lazy("Date"),
        help_text=gettext_lazy("The day on which they gave."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    recipient = forms.CharField(
        label=gettext_lazy("Given to"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Such as an event or a committee. The person sees it."),
    )

    def clean_email(self) -> str:
        return _read(read_address, self.cleaned_data["email"])

    def clean_given_name(self) -> str:
        return _read(read_name, self.cleaned_data["given_name"])

    def clean_family_name(self) -> str:
        return _read(read_name, self.cleaned_data["family_name"])

    def clean_day(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["day"]
        if day > timezone.localtime(timezone=ZONE).date():
            raise ValidationError(_("This date is in the future."))
        if day.year < 1990:
            raise ValidationError(_("The year %(year)s cannot be right.") % {"year": day.year})
        return day

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not {"email", "phone"} & set(self.errors) and not given.get("email") and not given.get("phone"):
            self.add_error("email", _("Enter an e-mail address or a phone number."))
        if "day" in given:
            given["paid_at"] = datetime.datetime.combine(given["day"], datetime.time(12), tzinfo=ZONE)
        return given

    def contact(self) -> Contact:
        """Whoever gave, from a form that is valid."""
        given = self.cleaned_data
        return Contact(
            email=given["email"],
            phone=str(given["phone"] or ""),
            given_name=given["given_name"],
            family_name=given["family_name"],
            zip_code=read_zip_code(given["zip_code"].strip()),
        )


class RefundForm(forms.Form):
    """Why a donation was given back."""

    because = forms.CharField(
        label=gettext_lazy("Why was it given back?"),
        max_length=200,
        help_text=gettext_lazy("The person sees this."),
        widget=forms.TextInput,
    )


def _read(read: Any, text: str) -> str:
    try:
        value: str = read(text)
    except UnreadableError as error:
        raise ValidationError(str(error)) from error
    return value
