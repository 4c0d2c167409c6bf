"""What people fill in about running for office: those who think of it, groups that refer them, staff."""

from typing import Any

from django import forms
from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from affiliates.forms import PlaceField
from foundation.accounts.language import present_language
from foundation.accounts.models import StaffTask, User
from foundation.mail.addresses import InvalidAddressError, normalise_address
from foundation.places.search import Place

from .models import Level, OfficeSeeker, Race, SeekerStage
from .seeker_pipeline import STAGES, FollowUp
from .seekers import Aim, Typed


class ZipCodeField(PlaceField):
    """A ZIP code of the United States; cleans to its Place."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("ZIP code"))
        kwargs.setdefault(
            "widget", forms.TextInput(attrs={"autocomplete": "postal-code", "inputmode": "numeric", "class": "w-8"})
        )
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Place | None:
        place = super().clean(value)
        if place is not None and not place.zip_code:
            raise forms.ValidationError(gettext("Enter a ZIP code of five digits, such as 02139."), code="place")
        return place


class NearForm(forms.Form):
    """Where somebody wants to see the dates of."""

    near = ZipCodeField()


class AimForm(forms.Form):
    """What somebody wants to run for. `race` comes along from a date that they pressed on."""

    place = ZipCodeField(help_text=_("Where you live: it says which offices you can run for."))
    level = forms.ChoiceField(
        label=_("What kind of office?"), choices=[("", _("I do not know yet")), *Level.choices], required=False
    )
    office = forms.CharField(
        label=_("Which office?"),
        max_length=120,
        required=False,
        help_text=_("Such as: school board, county committee."),
    )
    words = forms.CharField(
        label=_("What should we know?"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What you care about, what you have done, what you would need."),
    )
    race = forms.SlugField(required=False, max_length=160, widget=forms.HiddenInput)

    @property
    def aim(self) -> Aim:
        """What was filled in; for a form that is valid. A race that nobody knows is passed over."""
        given = self.cleaned_data
        return Aim(
            zip_code=given["place"].zip_code if given.get("place") else "",
            level=given["level"],
            office=given["office"],
            words=given["words"],
            race=Race.objects.known().filter(slug=given["race"]).first() if given.get("race") else None,
        )


class _AddressedForm(forms.Form):
    """A form with somebody's e-mail address and name."""

    def clean_email(self) -> str:
        try:
            return normalise_address(self.cleaned_data["email"])
        except InvalidAddressError as error:
            raise forms.ValidationError(gettext("Enter an e-mail address, such as name@example.org.")) from error

    def clean_name(self) -> str:
        return " ".join(self.cleaned_data["name"].split())

    @property
    def typed(self) -> Typed:
        """Who it is; for a form that is valid."""
        given = self.cleaned_data
        language = given.get("language") or present_language()
        return Typed(email=given["email"], language=language, name=given["name"])


class HandForm(AimForm, _AddressedForm):
    """Somebody raises a hand."""

    name = forms.CharField(label=_("Your name"), max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    email = forms.EmailField(
        label=_("E-mail address"), max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )

    field_order = ("name", "email", "place", "level", "office", "words")


class ReferralForm(_AddressedForm):
    """A group says who should run. What it writes about them is theirs to read and to replace."""

    name = forms.CharField(label=_("Their name"), max_length=120)
    email = forms.EmailField(label=_("Their e-mail address"), max_length=254)
    language = forms.ChoiceField(label=_("Language of the mail"), choices=settings.LANGUAGES)
    level = forms.ChoiceField(
        label=_("What kind of office?"), choices=[("", _("That is for them to say")), *Level.choices], required=False
    )
    office = forms.CharField(label=_("Which office?"), max_length=120, required=False)
    words = forms.CharField(
        label=_("Why they should run"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They read it before they answer, and may write something else."),
    )

    @property
    def aim(self) -> Aim:
        given = self.cleaned_data
        return Aim(level=given["level"], office=given["office"], words=given["words"])


class ReferralAnswerForm(AimForm):
    """Whoever was referred says yes: what they want to run for, and whether the group hears of it."""

    tells_group = forms.BooleanField(required=False)

    def __init__(self, *args: Any, seeker: OfficeSeeker, **kwargs: Any) -> None:
        kwargs["initial"] = {"level": seeker.level, "office": seeker.office, "words": seeker.words}
        super().__init__(*args, **kwargs)
        group = seeker.referred_by_group
        if group is None or not group.is_listed:
            del self.fields["tells_group"]
        else:
            self.fields["tells_group"].label = gettext("%(group)s may see how far I have come.") % {"group": group}


class FollowUpForm(forms.Form):
    """What staff agreed with an office seeker."""

    text = forms.CharField(
        label=_("What was said"), max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("They can read it when they ask what we hold about them."),
    )  # fmt: skip
    stage = forms.ChoiceField(label=_("How far they are"), choices=[(stage.value, stage.label) for stage in STAGES])
    follow_up_on = forms.DateField(
        label=_("Write again on"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    revision = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["in_hands_of"] = forms.ModelChoiceField(
            label=_("In the hands of"), queryset=staff_for_seekers(), required=False, empty_label=_("nobody yet")
        )

    def plan(self) -> FollowUp:
        """What was filled in; for a form that is valid."""
        given = self.cleaned_data
        stage = SeekerStage(given["stage"])
        return FollowUp(given["text"], stage, given["follow_up_on"], given["in_hands_of"])


def staff_for_seekers() -> QuerySet[User]:
    """The staff who may keep office seekers, by name."""
    trusted = User.objects.staff().filter(is_active=True, rights__task=StaffTask.ENDORSEMENTS)
    superusers = User.objects.staff().filter(is_active=True, is_superuser=True)
    return (trusted | superusers).distinct().order_by("name", "email")


def filled_in(seeker: OfficeSeeker, *, user: User) -> dict[str, Any]:
    """What the staff's form begins with; whoever writes first takes it into their hands."""
    return {
        "stage": SeekerStage.IN_TOUCH if seeker.stage == SeekerStage.NEW else seeker.stage,
        "follow_up_on": seeker.follow_up_on,
        "in_hands_of": seeker.in_hands_of or user,
        "revision": seeker.revision,
    }
