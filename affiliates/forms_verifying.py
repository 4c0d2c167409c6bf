"""What somebody gives to have an agreement verified: the file, or its number."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .agreements.verifying import MOST_BYTES


def too_large() -> str:
    """The refusal of a file above MOST_BYTES."""
    return _("This file is larger than 20 MB. No agreement is.")


class DocumentForm(forms.Form):
    """The PDF. Its bytes are looked at and not kept."""

    document = forms.FileField(
        label=gettext_lazy("The PDF"),
        help_text=gettext_lazy("At most 20 MB. We look at it and keep nothing of it."),
        error_messages={
            "required": gettext_lazy("Choose the PDF."),
            "empty": gettext_lazy("This file is empty."),
        },
        widget=forms.FileInput(attrs={"accept": "application/pdf,.pdf"}),
    )

    def clean_document(self) -> "UploadedFile[Any]":
        file: UploadedFile[Any] = self.cleaned_data["document"]
        if (file.size or 0) > MOST_BYTES:
            raise forms.ValidationError(too_large(), code="large")
        # Some writers put a few bytes before it.
        if b"%PDF-" not in file.read(1024):
            raise forms.ValidationError(_("This is not a PDF."), code="kind")
        file.seek(0)
        return file
