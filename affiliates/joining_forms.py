"""What people fill in when they join or sign up. The fields follow from what is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from phonenumber_field.formfields import PhoneNumberField

from foundation.accounts.language import present_language
from foundation.mail.addresses import InvalidAddressError, normalise_address
from members.models import ConsentPurpose
from members.models.consent import GROUP_PURPOSES
from members.wordings import consent_question

from .forms import PlaceField
from .models import FormQuestion, Group, KnownField, QuestionKind, SignUpForm
from .sign_up import MOST_NEARBY, Answer, Typed, nearby_groups

PURPOSES_OF_NETWORK = (ConsentPurpose.NETWORK_MAIL, ConsentPurpose.PROMOTIONS)


@dataclass(frozen=True)
class Consent:
    """One consent that is asked: for what, and for which group where it is about one. `name` is its field's."""

    name: str
    purpose: ConsentPurpose
    group: Group | None = None


class AskingForm(forms.Form):
    """Who somebody is, their answers, and what they agree to. Nothing is ticked beforehand."""

    def __init__(
        self,
        *args: Any,
        known_fields: Iterable[str],
        consents: Sequence[Consent],
        questions: Sequence[FormQuestion] = (),
        needs_place: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.asked, self.questions = consents, questions
        known = set(known_fields)
        if KnownField.NAME in known:
            self.fields["given_name"] = _name_field(gettext("First name"), "given-name")
            self.fields["family_name"] = _name_field(gettext("Last name"), "family-name", required=False)
        self.fields["email"] = forms.EmailField(
            label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
        )
        if KnownField.PHONE in known:
            self.fields["phone"] = PhoneNumberField(
                label=_("Phone number"),
                required=False,
                widget=forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"}),
            )
        if KnownField.PLACE in known:
            self.fields["place"] = PlaceField(
                label=_("ZIP code"), required=needs_place, help_text=_("Outside the United States: city and country.")
            )
        if KnownField.LANGUAGE in known:
            self.fields["language"] = forms.ChoiceField(
                label=_("Language of our mails"), choices=settings.LANGUAGES, initial=present_language()
            )
        for question in questions:
            self.fields[f"question_{question.pk}"] = _field_of(question)
        for consent in consents:
            self.fields[consent.name] = _consent_field(consent)

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"])
        except InvalidAddressError as error:
            raise forms.ValidationError(_("Enter an e-mail address, such as name@example.org.")) from error

    @property
    def typed(self) -> Typed:
        """What was filled in; for a form that is valid."""
        given = self.cleaned_data
        return Typed(
            email=given["email"],
            language=given.get("language") or present_language(),
            given_name=given.get("given_name", ""),
            family_name=given.get("family_name", ""),
            phone=given["phone"].as_e164 if given.get("phone") else "",
            place=self._place_text(),
            answers=[
                {"question": question.text, "answer": answer}
                for question in self.questions
                if (answer := self._answer_to(question))
            ],
        )

    @property
    def consents(self) -> list[Answer]:
        """What was asked for, and whether it was ticked; for a form that is valid."""
        return [Answer(consent.purpose, consent.group, bool(self.cleaned_data[consent.name])) for consent in self.asked]

    def consent_fields(self) -> list[BoundField]:
        """The ticks, for a template that sets them apart."""
        return [self[consent.name] for consent in self.asked]

    def other_fields(self) -> list[BoundField]:
        """All that is filled in rather than ticked."""
        ticks = {consent.name for consent in self.asked}
        return [field for field in self.visible_fields() if field.name not in ticks]

    def _place_text(self) -> str:
        """What finds the place again: its ZIP code, else the words that were typed."""
        place = self.cleaned_data.get("place")
        if place is None:
            return ""
        return place.zip_code or str(self.data["place"]).strip()[:200]

    def _answer_to(self, question: FormQuestion) -> str:
        answer = str(self.cleaned_data[f"question_{question.pk}"]).strip()
        if question.kind == QuestionKind.YES_NO and answer:
            return gettext("Yes") if answer == "yes" else gettext("No")
        return answer


def _name_field(label: str, autocomplete: str, *, required: bool = True) -> forms.CharField:
    widget = forms.TextInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, max_length=120, required=required, widget=widget)


def _field_of(question: FormQuestion) -> forms.Field:
    usual: dict[str, Any] = {"label": question.text, "required": question.is_required}
    match question.kind:
        case QuestionKind.LONG:
            return forms.CharField(max_length=2000, widget=forms.Textarea(attrs={"rows": 4}), **usual)
        case QuestionKind.YES_NO:
            choices: Sequence[tuple[str, Any]] = [("yes", _("Yes")), ("no", _("No"))]
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **usual)
        case QuestionKind.CHOICE:
            choices = [(choice, choice) for choice in question.choices]
            return forms.ChoiceField(choices=choices, widget=forms.RadioSelect, **usual)
        case _:
            return forms.CharField(max_length=300, **usual)


def _consent_field(consent: Consent) -> forms.BooleanField:
    words = consent_question(consent.purpose, group=consent.group.name if consent.group else "")
    return forms.BooleanField(label=words, required=False)


# --- the pages that ask ---------------------------------------------------------------------------------------


def own_form(form: SignUpForm, data: Mapping[str, Any] | None = None) -> AskingForm:
    """What a form that somebody built asks."""
    consents = [
        Consent(f"consent_{purpose}", ConsentPurpose(purpose), form.group if purpose in GROUP_PURPOSES else None)
        for purpose in ConsentPurpose
        if purpose in form.consents
    ]
    return AskingForm(
        data,
        known_fields=form.known_fields,
        # What the group is about comes first, and of that whether it sees who somebody is.
        consents=sorted(consents, key=lambda consent: (consent.group is None, consent.purpose != "sharing")),
        questions=list(form.questions.all()),
    )


def group_joining_form(group: Group, data: Mapping[str, Any] | None = None) -> AskingForm:
    """What the page for joining a group asks: the group's consents first, then the network's."""
    consents = [
        Consent("consent_sharing", ConsentPurpose.SHARING, group),
        Consent("consent_group_mail", ConsentPurpose.GROUP_MAIL, group),
        *(Consent(f"consent_{purpose}", purpose) for purpose in PURPOSES_OF_NETWORK),
    ]
    known = [KnownField.NAME, KnownField.PLACE]
    return AskingForm(data, known_fields=known, consents=consents, needs_place=False)


class JoinForm(AskingForm):
    """What /join/ asks: the network's consents, and for each group nearby whether it may see who joined.

    Which groups are near follows from the place. `unasked` are those that the page has not asked about yet: then
    the next page does, with `asking_about`, and the rest in hidden fields.
    """

    shown = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    def __init__(self, *args: Any, groups: Sequence[Group] = (), **kwargs: Any) -> None:
        self.groups = groups
        self.unasked: list[Group] = []
        consents = [Consent(f"consent_{purpose}", purpose) for purpose in PURPOSES_OF_NETWORK]
        consents += [Consent(f"share_{group.pk}", ConsentPurpose.SHARING, group) for group in groups]
        super().__init__(*args, known_fields=[KnownField.NAME, KnownField.PLACE], consents=consents, **kwargs)
        self.initial.setdefault("shown", keys_of(groups))

    def clean(self) -> dict[str, Any]:
        place = self.cleaned_data.get("place")
        if place:
            asked = {group.pk for group in self.groups}
            self.unasked = [group for group in nearby_groups(place) if group.pk not in asked]
        return self.cleaned_data

    def asking_about(self, groups: Sequence[Group]) -> "JoinForm":
        """The same answers, with the question about these groups as well."""
        everything = [*self.groups, *groups]
        data = {name: self[name].value() for name in self.fields} | {"shown": keys_of(everything)}
        return JoinForm(data, groups=everything)

    def fields_of(self, groups: Sequence[Group]) -> list[BoundField]:
        """The ticks about these groups."""
        return [self[f"share_{group.pk}"] for group in groups]

    def fields_but(self, groups: Sequence[Group]) -> list[BoundField]:
        """All other fields, to be carried along."""
        names = {f"share_{group.pk}" for group in groups}
        return [field for field in self if field.name not in names]


def keys_of(groups: Iterable[Group]) -> str:
    """ "3,5,8": the groups that a page has asked about."""
    return ",".join(str(group.pk) for group in groups)


def groups_of_keys(text: str) -> list[Group]:
    """The listed groups that `keys_of` wrote down; what is no key of one is passed over."""
    keys = [int(key) for key in text.split(",")[: 2 * MOST_NEARBY] if key.isascii() and key.isdigit() and len(key) < 10]
    return sorted(Group.objects.listed().filter(pk__in=keys), key=lambda group: keys.index(group.pk))
