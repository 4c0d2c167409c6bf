"""What organizers and staff fill in when they build a sign-up form."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from members.models import ConsentPurpose
from members.models.consent import GROUP_PURPOSES

from .models import Group, KnownField, QuestionKind, SignUpForm
from .sign_up_forms import FormContent

MOST_CHOICES = 30


class FormContentForm(forms.Form):
    """Title, introduction, and what the form asks besides its own questions."""

    title = forms.CharField(label=_("Title"), max_length=120, help_text=_("Such as “Help at the food table”."))
    intro = forms.CharField(
        label=_("Introduction"),
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What it is about, in a sentence or two."),
    )
    known_fields = forms.MultipleChoiceField(
        label=_("What to ask besides the e-mail address"),
        choices=KnownField.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Ask only for what you need. Name and ZIP code must be filled in, the others need not."),
    )
    consents = forms.MultipleChoiceField(
        label=_("What to ask people to agree to"), required=False, widget=forms.CheckboxSelectMultiple
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages of the page"),
        choices=settings.LANGUAGES,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Your own texts stay as you write them."),
    )

    def __init__(self, *args: Any, group: Group | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group
        consents: Any = self.fields["consents"]
        consents.choices = [choice for choice in ConsentPurpose.choices if self._can_ask(ConsentPurpose(choice[0]))]
        if group:
            consents.help_text = _("That they show you their name and contact details is always asked.")

    def _can_ask(self, purpose: ConsentPurpose) -> bool:
        """Sharing is always asked of a group's people and so is no choice; other groups' purposes are none."""
        return purpose != ConsentPurpose.SHARING and (self.group is not None or purpose not in GROUP_PURPOSES)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        if ConsentPurpose.SMS in given.get("consents", []) and KnownField.PHONE not in given.get("known_fields", []):
            self.add_error("known_fields", _("Text messages need a phone number: ask for it too."))
        return given

    @property
    def content(self) -> FormContent:
        """What was decided; for a form that is valid."""
        given = self.cleaned_data
        always = [ConsentPurpose.SHARING.value] if self.group else []
        return FormContent(
            title=given["title"],
            intro=given["intro"],
            known_fields=given["known_fields"],
            consents=[*always, *given["consents"]],
            languages=given["languages"],
        )


def content_of(form: SignUpForm) -> dict[str, Any]:
    """The present content of a form, as the initial values of a FormContentForm."""
    return {name: getattr(form, name) for name in ("title", "intro", "known_fields", "consents", "languages")}


class QuestionForm(forms.Form):
    """A question of one's own."""

    text = forms.CharField(label=_("Question"), max_length=200)
    kind = forms.ChoiceField(label=_("How it is answered"), choices=QuestionKind.choices)
    choices = forms.CharField(
        label=_("Choices"),
        required=False,
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Only for one of several choices: one a line."),
    )
    is_required = forms.BooleanField(label=_("Must be answered"), required=False)

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        lines = [line.strip() for line in given.get("choices", "").splitlines()]
        given["choices"] = list(dict.fromkeys(line for line in lines if line))
        if given.get("kind") != QuestionKind.CHOICE:
            given["choices"] = []
        elif not 2 <= len(given["choices"]) <= MOST_CHOICES:
            self.add_error("choices", _("Write between 2 and 30 choices, one a line."))
        elif any(len(choice) > 120 for choice in given["choices"]):
            self.add_error("choices", _("A choice has at most 120 characters."))
        return given
