"""What staff fill in about the fundraising guide."""

import datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .forms_calls import URL_INPUT
from .models import FundraisingOffice


class OfficeForm(forms.ModelForm):  # type: ignore[type-arg]
    """The office of a state, and what to know about it."""

    url = forms.URLField(label=gettext_lazy("Its page"), max_length=300, assume_scheme="https", widget=URL_INPUT)

    class Meta:
        model = FundraisingOffice
        fields = ("office", "url", "note", "note_es", "checked_on")
        widgets = {  # noqa: RUF012
            "note": forms.Textarea(attrs={"rows": 4}),
            "note_es": forms.Textarea(attrs={"rows": 4, "lang": "es"}),
            "checked_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    def clean_url(self) -> str:
        address: str = self.cleaned_data["url"]
        if not address.startswith(("https://", "http://")):
            raise ValidationError(_("Enter the address of a page, which begins with https://."))
        return address

    def clean_checked_on(self) -> datetime.date | None:
        day: datetime.date | None = self.cleaned_data["checked_on"]
        if day and day > timezone.localdate():
            raise ValidationError(_("This date is in the future."))
        return day
