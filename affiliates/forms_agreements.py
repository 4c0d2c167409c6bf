"""What a point of contact fills in to sign: the answers to the questions, and the signature."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .agreements.steps import Signature
from .agreements.text import Question
from .models import Agreement

MOST_LETTERS = 120


class QuestionsForm(forms.Form):
    """One choice for each question about the text."""

    def __init__(self, data: Mapping[str, Any] | None, *, questions: Sequence[Question]) -> None:
        super().__init__(data)
        for question in questions:
            self.fields[question.key] = forms.TypedChoiceField(
                label=question.text,
                choices=list(enumerate(question.choices)),
                coerce=int,
                widget=forms.RadioSelect,
                error_messages={"required": _("Choose an answer.")},
            )

    @property
    def answers(self) -> dict[str, int]:
        return dict(self.cleaned_data)

    def explain(self, wrong: Sequence[Question]) -> None:
        """Say beside each wrongly answered question what is right."""
        for question in wrong:
            self.add_error(question.key, _("Not quite. %(because)s Choose again.") % {"because": question.because})


class _OneLine(forms.CharField):
    """A name or a title: one line, as it was typed but for the space around words."""

    def __init__(self, *, too_long: str | Promise, autocomplete: str, **kwargs: Any) -> None:
        messages = {"max_length": too_long, "required": kwargs.pop("missing")}
        # Without the attribute `maxlength`: a browser would cut what is pasted without a word.
        widget = forms.TextInput(attrs={"autocomplete": autocomplete, "dir": "auto"})
        super().__init__(error_messages=messages, widget=widget, **kwargs)

    def to_python(self, value: Any) -> str:
        text = " ".join(str(super().to_python(value) or "").split())
        if len(text) > MOST_LETTERS:
            raise forms.ValidationError(self.error_messages["max_length"] % {"letters": len(text)}, code="max_length")
        return text


class SignForm(forms.Form):
    """The signature: who signs, as what, with which consent. `signature()` gives it with the words on the page."""

    name = _OneLine(
        label=gettext_lazy("Your full name"),
        missing=gettext_lazy("Type your full name. It is your signature."),
        too_long=gettext_lazy("Your name has %(letters)d characters. At most 120 can be kept: shorten it."),
        help_text=gettext_lazy("Typing it is signing, as if by hand."),
        autocomplete="name",
    )
    title = _OneLine(
        label=gettext_lazy("What you are in the group"),
        missing=gettext_lazy("Say what you are in the group, such as chair or point of contact."),
        too_long=gettext_lazy("This has %(letters)d characters. At most 120 can be kept: shorten it."),
        help_text=gettext_lazy("Such as chair, organizer or point of contact."),
        autocomplete="organization-title",
    )
    consent = forms.BooleanField(
        error_messages={"required": gettext_lazy("Agree to sign electronically, or ask us for paper.")}
    )
    authority = forms.BooleanField(error_messages={"required": gettext_lazy("Only who may sign for the group can.")})
    shown_sha256 = forms.CharField(max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any] | None, *, agreement: Agreement) -> None:
        super().__init__(data, initial={"shown_sha256": agreement.pdf_sha256})
        self._agreement = agreement
        self.fields["consent"].label = consent_words()
        self.fields["authority"].label = authority_words(agreement)

    def signature(self) -> Signature:
        given = self.cleaned_data
        return Signature(
            name=given["name"],
            title=given["title"],
            shown_sha256=given["shown_sha256"],
            consent_words=consent_words(),
            authority_words=authority_words(self._agreement),
            act_words=act_words(self._agreement),
        )


def consent_words() -> str:
    """The consent to sign electronically, as the E-SIGN Act asks for it (15 U.S.C. § 7001(c))."""
    return _(
        "I agree to sign this agreement electronically, and to get it and everything about it as PDF files on this "
        "site. I can open and keep such files. I know that I can sign on paper instead, and that I can ask for a paper "
        "copy at %(address)s at any time, at no cost."
    ) % {"address": settings.NETWORK_EMAIL}


def authority_words(agreement: Agreement) -> str:
    """That the signer may bind the group."""
    return _("I may sign for %(group)s: the group knows about this agreement and wants it.") % {
        "group": agreement.group
    }


def act_words(agreement: Agreement) -> str:
    """What pressing the button means."""
    return _("By pressing “Sign the agreement” I sign agreement %(reference)s for %(group)s.") % {
        "reference": agreement.reference,
        "group": agreement.group,
    }
