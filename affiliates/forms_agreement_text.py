"""The words of a draft of the agreement, every language beside the others."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.validators import RegexValidator
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .agreements.text import KEY, MOST_CHOICES, AgreementTextError, check_placeholders

LANGUAGES = tuple(settings.LANGUAGES)


def _check_words(words: str) -> None:
    try:
        check_placeholders(words)
    except AgreementTextError as error:
        raise forms.ValidationError(str(error), code="placeholder") from error


class _Words(forms.CharField):
    """Words of the agreement in one language."""

    def __init__(self, *, label: str, language: str, most: int, rows: int = 0) -> None:
        widget_type = forms.Textarea if rows else forms.TextInput
        attributes = {"lang": language, **({"rows": rows} if rows else {})}
        super().__init__(
            label=label, max_length=most, widget=widget_type(attrs=attributes), validators=[_check_words],
            error_messages={"required": _("These words are missing.")},
        )  # fmt: skip


class _InEveryLanguage(forms.Form):
    """A form that has each of `words` once for each language, as fields such as `title_es`; `seen` is the hash of the
    draft that its author saw."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput, required=False)
    # Name, label, most characters, rows (0 for a single line).
    words: Sequence[tuple[str, str | Promise, int, int]] = ()

    def __init__(self, data: Mapping[str, Any] | None, *, initial: Mapping[str, Mapping[str, Any]], seen: str) -> None:
        super().__init__(data, initial={"seen": seen} | self._flat(initial))
        for name, label, most, rows in self.words:
            for code, language in LANGUAGES:
                self.fields[f"{name}_{code}"] = _Words(
                    label=f"{label} ({language})", language=code, most=most, rows=rows
                )

    def _flat(self, initial: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
        return {f"{name}_{code}": text.get(name, "") for code, text in initial.items() for name, *_rest in self.words}

    def see(self, seen: str) -> None:
        """Show the form again to somebody who now knows the draft with this hash."""
        self.data = {**self.data.dict(), "seen": seen}  # type: ignore[attr-defined]

    @property
    def single(self) -> list[forms.BoundField]:
        """The fields that all languages have in common."""
        own = {f"{name}_{code}" for name, *_rest in self.words for code, _language in LANGUAGES}
        return [field for field in self.visible_fields() if field.name not in own]

    @property
    def rows(self) -> list[list[forms.BoundField]]:
        """The fields of each words, the languages beside each other."""
        return [[self[f"{name}_{code}"] for code, _language in LANGUAGES] for name, *_rest in self.words]

    def in_each_language(self) -> dict[str, dict[str, Any]]:
        """The words for each language, with line ends as on every other system."""
        return {
            code: {name: self.cleaned_data[f"{name}_{code}"].replace("\r\n", "\n") for name, *_rest in self.words}
            for code, _language in LANGUAGES
        }


class OpeningForm(_InEveryLanguage):
    """The title, the introduction, and which language binds."""

    words = (("title", gettext_lazy("Title"), 120, 0), ("introduction", gettext_lazy("Introduction"), 3000, 5))
    binding_language = forms.ChoiceField(
        label=gettext_lazy("Which language binds"),
        help_text=gettext_lazy("Where the two differ, this one counts. Both texts say so."),
        choices=LANGUAGES,
    )

    def __init__(self, *args: Any, binding_language: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["binding_language"] = binding_language


class _KeyField(forms.CharField):
    """The name by which the languages, and later versions, know that two parts are the same."""

    def __init__(self, *, taken: Sequence[str]) -> None:
        rule = RegexValidator(f"^{KEY.pattern}$", _("A key is a short word in small letters."))
        super().__init__(
            label=_("Key"),
            help_text=_("A short word in small letters, such as membership. Nobody who signs sees it."),
            validators=[rule],
            max_length=40,
        )
        self._taken = frozenset(taken)

    def clean(self, value: Any) -> str:
        key = str(super().clean(value))
        if key in self._taken:
            raise forms.ValidationError(_("There is one with this key already."), code="taken")
        if key == "new":
            raise forms.ValidationError(_("This word is taken by a page. Choose another."), code="reserved")
        return key


class _PartForm(_InEveryLanguage):
    """A section or question. A new one, with `taken`, asks for its key too."""

    def __init__(self, *args: Any, taken: Sequence[str] | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if taken is not None:
            self.fields = {"key": _KeyField(taken=taken), **self.fields}


class SectionForm(_PartForm):
    """One section."""

    words = (
        ("title", gettext_lazy("Title"), 120, 0),
        ("summary", gettext_lazy("In one sentence"), 300, 2),
        ("body", gettext_lazy("What binds"), 6000, 10),
    )


class QuestionForm(_PartForm):
    """One question of the comprehension check; its choices stand one a line."""

    words = (
        ("text", gettext_lazy("Question"), 400, 2),
        ("choices", gettext_lazy("Choices, one a line"), 1200, 4),
        ("because", gettext_lazy("Said after a wrong answer"), 400, 2),
    )
    right = forms.IntegerField(
        label=gettext_lazy("Number of the right choice"),
        min_value=1,
        max_value=MOST_CHOICES,
        widget=forms.NumberInput(attrs={"class": "w-4"}),
    )

    def __init__(self, *args: Any, right: int | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["right"] = right

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        counts = {code: len(_lines(given.get(f"choices_{code}", ""))) for code, _language in LANGUAGES}
        for code, count in counts.items():
            if f"choices_{code}" in self.errors:
                continue
            if not 2 <= count <= MOST_CHOICES:
                self.add_error(f"choices_{code}", _("A question has two to six choices."))
            elif count != counts[LANGUAGES[0][0]]:
                self.add_error(f"choices_{code}", _("Every language needs the same number of choices."))
        if not self.errors and given["right"] > counts[LANGUAGES[0][0]]:
            self.add_error("right", _("There is no choice with this number."))
        return given

    def in_each_language(self) -> dict[str, dict[str, Any]]:
        right = self.cleaned_data["right"] - 1
        return {
            code: {**words, "choices": _lines(words["choices"]), "right": right}
            for code, words in super().in_each_language().items()
        }


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
