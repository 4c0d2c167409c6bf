"""What staff fill in to ask candidates, and what candidates answer."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import Level
from .questionnaires import MOST_QUESTIONS, QuestionPlan
from .responses import LONGEST_ANSWER, AskedQuestion, Said

BLANK_ROWS = 3
_YES_OR_NO = [("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No"))]


class LevelForm(forms.Form):
    """For which level a version is begun."""

    level = forms.ChoiceField(label=gettext_lazy("Level"), choices=Level)


class VersionForm(forms.Form):
    """The title and the questions of a draft, and some rows for more. A question without words is left out."""

    hide_optional = True

    title = forms.CharField(label=gettext_lazy("Title"), max_length=120)

    def __init__(self, *args: Any, questions: Sequence[QuestionPlan], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.read = tuple(questions)
        self.row_count = min(len(questions) + BLANK_ROWS, MOST_QUESTIONS)
        for number in range(1, self.row_count + 1):
            asked = questions[number - 1] if number <= len(questions) else QuestionPlan("")
            self._add_row(number, asked)

    def _add_row(self, number: int, asked: QuestionPlan) -> None:
        self.fields[f"text_{number}"] = forms.CharField(
            label=_("Question %(number)d") % {"number": number}, max_length=500, required=False, initial=asked.text,
            widget=forms.Textarea(attrs={"rows": 2}),
        )  # fmt: skip
        self.fields[f"yes_{number}"] = forms.BooleanField(
            label=_("Question %(number)d asks for yes or no first") % {"number": number}, required=False,
            initial=asked.is_yes_or_no,
        )  # fmt: skip
        self.fields[f"must_{number}"] = forms.BooleanField(
            label=_("Question %(number)d must be answered") % {"number": number}, required=False,
            initial=asked.is_required,
        )  # fmt: skip

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        numbers = range(1, self.row_count + 1)
        return [(self[f"text_{number}"], self[f"yes_{number}"], self[f"must_{number}"]) for number in numbers]

    @property
    def questions(self) -> list[QuestionPlan]:
        """What was filled in. Only after is_valid()."""
        given = self.cleaned_data
        plans = (
            QuestionPlan(given[f"text_{number}"].strip(), given[f"yes_{number}"], given[f"must_{number}"])
            for number in range(1, self.row_count + 1)
        )
        return [plan for plan in plans if plan.text]


class AnswersForm(forms.Form):
    """The questions of a response, on one screen. Nothing has to be answered to be saved."""

    hide_optional = True

    def __init__(self, *args: Any, asked: Sequence[AskedQuestion], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._asked = asked
        for one in asked:
            self._add_question(one)

    def _add_question(self, one: AskedQuestion) -> None:
        question, number = one.question, one.question.position
        label = f"{number}. {question.text}"
        hint = "" if question.is_required else _("You may leave it out.")
        if question.is_yes_or_no:
            said = {True: "yes", False: "no", None: ""}[one.said.yes]
            self.fields[f"yes_{number}"] = forms.ChoiceField(
                label=label, choices=_YES_OR_NO, required=False, initial=said, widget=forms.RadioSelect,
                help_text=hint,
            )  # fmt: skip
            label, hint = _("What you want to say to question %(number)d") % {"number": number}, ""
        self.fields[f"text_{number}"] = forms.CharField(
            label=label, max_length=LONGEST_ANSWER, required=False, initial=one.said.text, help_text=hint,
            widget=forms.Textarea(attrs={"rows": 4}),
        )  # fmt: skip

    @property
    def said(self) -> dict[int, Said]:
        """What was answered, by the keys of the questions. Only after is_valid()."""
        return {one.question.pk: self._said(one.question.position) for one in self._asked}

    def _said(self, number: int) -> Said:
        yes = {"yes": True, "no": False}.get(self.cleaned_data.get(f"yes_{number}", ""))
        return Said(yes, self.cleaned_data[f"text_{number}"])

    def mark_missing(self, missing: Sequence[AskedQuestion]) -> None:
        """Put at each of these questions that it is to be answered."""
        for one in missing:
            number = one.question.position
            name = f"yes_{number}" if one.question.is_yes_or_no else f"text_{number}"
            self.add_error(name, _("Answer question %(number)d.") % {"number": number})
