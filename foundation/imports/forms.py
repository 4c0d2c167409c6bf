"""What staff fill in to import a file."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .importers import Importer


class UploadForm(forms.Form):
    """The file. What is wrong with it is found by `steps.start_import`."""

    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        allow_empty_file=True,  # refused in the importer's own words
        help_text=gettext_lazy("A table saved as CSV. The first line names the columns."),
        error_messages={"required": gettext_lazy("Choose a file.")},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
    )


class ColumnsForm(forms.Form):
    """For each field of the importer, the column of the file that fills it; then what the importer asks besides."""

    def __init__(self, importer: Importer[Any], header: list[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._importer = importer
        choices = [("", _("not in this file")), *((str(i), column_name(header, i)) for i in range(len(header)))]
        for field in importer.fields:
            self.fields[field.name] = forms.ChoiceField(
                label=str(field.label),
                help_text=str(field.help_text),
                required=field.required,
                choices=choices,
                error_messages={"required": _("Choose the column for: %(names)s.") % {"names": field.label}},
            )
        self._asked = importer.questions()
        self.fields.update(self._asked)

    @property
    def mapping(self) -> dict[str, int]:
        """The index of the column that fills each field. Only after is_valid()."""
        return {name: int(index) for name, index in self._columns(self.cleaned_data).items()}

    @property
    def answers(self) -> dict[str, str]:
        """What was answered to the importer's questions, as text. Only after is_valid()."""
        return {name: "" if (said := self.cleaned_data[name]) is None else str(said) for name in self._asked}

    def _columns(self, cleaned: dict[str, Any]) -> dict[str, str]:
        return {name: index for name, index in cleaned.items() if name not in self._asked and index != ""}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        chosen = self._columns(cleaned)
        for name, index in chosen.items():
            first = next(other for other, its in chosen.items() if its == index)
            if first != name:
                same = {"label": self.fields[first].label}
                self.add_error(name, _("This column is already chosen for: %(label)s.") % same)
        problem = self._importer.problem_with_columns(frozenset(chosen))
        if problem and not self.errors:
            raise forms.ValidationError(problem)
        return cleaned


def column_name(header: list[str], index: int) -> str:
    """What a column is called: its name, or its place where it has none or shares it."""
    name = header[index]
    if not name:
        return _("column %(number)s") % {"number": index + 1}
    if header.count(name) > 1:
        return _("%(name)s (column %(number)s)") % {"name": name, "number": index + 1}
    return name
