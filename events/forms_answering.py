"""What people fill in who answer an event: at most four fields, the host's questions, and what they agree to."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser
from django.forms import BoundField
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from affiliates.forms import PlaceField
from affiliates.joining_forms import PURPOSES_OF_NETWORK, Consent
from affiliates.sign_up import Answer
from foundation.accounts.language import present_language
from foundation.accounts.models import User
from foundation.mail.addresses import InvalidAddressError, normalise_address
from members.consent import standing_consents
from members.models import ConsentPurpose, Person
from members.models.consent import NETWORK
from members.own_details import person_of
from members.people import verified_addresses
from members.wordings import consent_question

from .answering import WISHES, Typed
from .hosts import hosts_of
from .line import most_in_words
from .models import Event, EventQuestion, Rsvp, RsvpState


class PartyForm(forms.Form):
    """How many of them come, guests included. The buttons of the page say whether they do."""

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.event = event
        self.fields["state"] = forms.ChoiceField(
            choices=[(wish, wish.label) for wish in WISHES], label=_("Your answer"), widget=forms.HiddenInput
        )
        if event.most_guests:
            self.fields["party_size"] = forms.IntegerField(
                label=_("How many of you are coming?"),
                min_value=1,
                max_value=event.most_guests + 1,
                initial=1,
                required=False,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "w-4"}),
                help_text=gettext("You and your guests, %(most)d at most.") % {"most": event.most_guests + 1},
                error_messages={
                    "min_value": _("With you, you are at least 1."),
                    "max_value": most_in_words(event),
                    "invalid": _("Enter the number of people, such as 2."),
                },
            )

    @property
    def state(self) -> RsvpState:
        return RsvpState(self.cleaned_data["state"])

    @property
    def party_size(self) -> int:
        """1 where nothing was said."""
        return self.cleaned_data.get("party_size") or 1


class AnswerForm(PartyForm):
    """An answer. A stranger says who they are as well (`asks_who`). Nothing is ticked beforehand."""

    def __init__(self, *args: Any, asks_who: bool, consents: list[Consent], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked = consents
        self.questions = list(self.event.questions.order_by("position")) if self.event.has_questions else []
        if asks_who:
            self.order_fields(["state", *self._ask_who(), "party_size"])
        for question in self.questions:
            self.fields[_name_of(question)] = _field_of(question)
        for consent in consents:
            words = consent_question(consent.purpose, group=consent.group.name if consent.group else "")
            self.fields[consent.name] = forms.BooleanField(label=words, required=False)

    def _ask_who(self) -> list[str]:
        name = forms.TextInput(attrs={"autocomplete": "name"})
        self.fields["name"] = forms.CharField(label=_("Your name"), max_length=240, widget=name)
        email = forms.EmailInput(attrs={"autocomplete": "email"})
        self.fields["email"] = forms.EmailField(label=_("E-mail address"), max_length=254, widget=email)
        self.fields["place"] = PlaceField(label=_("ZIP code"), required=False)
        return ["name", "email", "place"]

    def clean_name(self) -> str:
        name = " ".join(self.cleaned_data["name"].split())
        if max(len(part) for part in _parts_of(name)) > 120:
            raise forms.ValidationError(_("This name is longer than we can write down."))
        return name

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"])
        except InvalidAddressError as error:
            raise forms.ValidationError(_("Enter an e-mail address, such as name@example.org.")) from error

    @property
    def typed(self) -> Typed:
        """What a stranger filled in; for a form that is valid."""
        given_name, family_name = _parts_of(self.cleaned_data["name"])
        return Typed(
            email=self.cleaned_data["email"],
            language=present_language(),
            state=self.state,
            party_size=self.party_size,
            given_name=given_name,
            family_name=family_name,
            place=self._place_text(),
            answers=self.answers,
            consents=self.consents,
        )

    @property
    def answers(self) -> list[dict[str, str]]:
        """The host's questions as asked, and what was answered; unanswered ones left out."""
        given = [(question.text, self.cleaned_data[_name_of(question)].strip()) for question in self.questions]
        return [{"question": question, "answer": answer} for question, answer in given if answer]

    @property
    def consents(self) -> list[Answer]:
        """What was asked for, and whether it was ticked; for a form that is valid."""
        return [Answer(consent.purpose, consent.group, bool(self.cleaned_data[consent.name])) for consent in self.asked]

    def consent_fields(self) -> list[BoundField]:
        """The ticks, which the template sets apart."""
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


class ChangeForm(PartyForm):
    """Another answer than before, by the link of the old one."""

    def __init__(self, *args: Any, rsvp: Rsvp, **kwargs: Any) -> None:
        says = RsvpState.GOING if rsvp.state == RsvpState.WAITING else rsvp.state
        super().__init__(*args, event=rsvp.event, initial={"state": says, "party_size": rsvp.party_size}, **kwargs)
        labels = {
            RsvpState.GOING: _("I’m going"), RsvpState.MAYBE: _("Maybe"), RsvpState.CANT: _("I can’t come"),
        }  # fmt: skip
        self.fields["state"] = forms.ChoiceField(
            choices=[(wish, labels[wish]) for wish in WISHES], label=_("Your answer"), widget=forms.RadioSelect
        )


def answer_form(event: Event, user: User | AnonymousUser, data: Mapping[str, Any] | None = None) -> AnswerForm:
    """What the page of `event` asks this visitor: somebody signed in is known, and not asked what stands already."""
    person = person_of(user) if isinstance(user, User) else None
    return AnswerForm(
        data,
        event=event,
        asks_who=not is_known(user),
        consents=_consents_to_ask(event, person if is_known(user) else None),
    )


def is_known(user: User | AnonymousUser) -> bool:
    """Is this somebody signed in who has shown that their address is theirs? They answer with one press."""
    return isinstance(user, User) and user.email in verified_addresses(user)


def _consents_to_ask(event: Event, person: Person | None) -> list[Consent]:
    """The hosts' consents first, then the network's; without those that `person` has given."""
    of_groups = [
        Consent(f"{purpose}_{group.pk}", purpose, group)
        for group in hosts_of(event)
        for purpose in (ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL)
    ]
    asked = [*of_groups, *(Consent(f"consent_{purpose}", purpose) for purpose in PURPOSES_OF_NETWORK)]
    if person is None:
        return asked
    given = {(word.purpose, word.scope) for word in standing_consents(person)}
    return [one for one in asked if (one.purpose, one.group.scope if one.group else NETWORK) not in given]


def _parts_of(name: str) -> tuple[str, str]:
    """Given and family name of what somebody typed as one: the last word is the family name, where there are two."""
    given, _space, family = name.rpartition(" ")
    return (given, family) if given else (family, "")


def _name_of(question: EventQuestion) -> str:
    return f"question_{question.pk}"


def _field_of(question: EventQuestion) -> forms.Field:
    if question.choices:
        choices = [(choice, choice) for choice in question.choices]
        return forms.ChoiceField(
            label=question.text, required=question.is_required, choices=choices, widget=forms.RadioSelect
        )
    return forms.CharField(label=question.text, required=question.is_required, max_length=500)
