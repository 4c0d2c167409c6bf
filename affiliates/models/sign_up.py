"""Sign-up forms, and what people posted on them or on the pages for joining."""

import datetime
from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.models import ConsentPurpose, ConsentWording, Person
from members.models.consent import GROUP_PURPOSES

from .groups import Group

CONFIRM_DAYS = 14
"""How long a sign-up waits for its confirmation. After that it is deleted with all that was typed."""

MOST_QUESTIONS = 20
LANGUAGES = [code for code, _name in settings.LANGUAGES]
NETWORK_PURPOSES = [purpose.value for purpose in ConsentPurpose if purpose not in GROUP_PURPOSES]


class KnownField(models.TextChoices):
    """What a form can ask of a person besides their e-mail address, which it always asks."""

    NAME = "name", _("name")
    PHONE = "phone", _("phone number")
    PLACE = "place", _("ZIP code, or place abroad")
    LANGUAGE = "language", _("language")


class FormQuerySet(models.QuerySet["SignUpForm"]):
    def national(self) -> Self:
        """The forms of the network itself."""
        return self.filter(group__isnull=True)

    def of_group(self, group: Group) -> Self:
        return self.filter(group=group)

    def with_counts(self, now: datetime.datetime) -> Self:
        """Each with `confirmed` and `waiting`: how many signed up, and how many have yet to confirm it."""
        confirmed = Q(sign_ups__confirmed_at__isnull=False)
        waiting = Q(sign_ups__confirmed_at__isnull=True, sign_ups__created_at__gt=oldest_waiting(now))
        return self.annotate(
            confirmed=models.Count("sign_ups", filter=confirmed), waiting=models.Count("sign_ups", filter=waiting)
        )


class SignUpForm(models.Model):
    """A form that a group, or the network itself (no group), has built. Its page is /forms/<slug>/."""

    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_up_forms")
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(_("title"), max_length=120)
    intro = models.TextField(_("introduction"), max_length=2000, blank=True)
    known_fields = ArrayField(models.CharField(max_length=12, choices=KnownField), default=list, blank=True)
    consents = ArrayField(models.CharField(max_length=12, choices=ConsentPurpose), default=list, blank=True)
    # Those in which its page is shown; its own texts are in the first of them, or in all.
    languages = ArrayField(models.CharField(max_length=5, choices=settings.LANGUAGES))
    is_open = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[FormQuerySet] = FormQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(slug__regex=r"^[a-z0-9]+(-[a-z0-9]+)*$"), name="signupform_slug_form"),
            models.CheckConstraint(condition=~Q(title=""), name="signupform_has_title"),
            models.CheckConstraint(
                condition=Q(known_fields__contained_by=KnownField.values), name="signupform_fields_known"
            ),
            models.CheckConstraint(
                condition=Q(consents__contained_by=ConsentPurpose.values), name="signupform_consents_known"
            ),
            models.CheckConstraint(
                condition=Q(languages__contained_by=LANGUAGES, languages__len__gte=1), name="signupform_has_languages"
            ),
            # A group that is never told who signed up needs no form; the network has no roster to share with.
            models.CheckConstraint(
                condition=Q(group__isnull=False, consents__contains=["sharing"])
                | Q(group__isnull=True, consents__contained_by=NETWORK_PURPOSES),
                name="signupform_group_asks_sharing",
            ),
            models.CheckConstraint(
                condition=~Q(consents__contains=["sms"]) | Q(known_fields__contains=["phone"]),
                name="signupform_sms_needs_phone",
            ),
        )
        indexes = (models.Index(fields=["group", "-created_at"], name="signupform_of_group"),)

    def __str__(self) -> str:
        return self.title

    @property
    def accepts_sign_ups(self) -> bool:
        """Open, and its group, where it has one, is in force. Uses `group`."""
        return self.is_open and (self.group is None or self.group.is_listed)

    @property
    def source(self) -> str:
        """Where a consent given on this form was given, for the ledger."""
        return f"form:{self.pk}"


class QuestionKind(models.TextChoices):
    """How a question of one's own is answered."""

    SHORT = "short", _("a short text")
    LONG = "long", _("a long text")
    YES_NO = "yes_no", _("yes or no")
    CHOICE = "choice", _("one of several choices")


class FormQuestion(models.Model):
    """A question that a form asks besides the known fields. `position` counts from 1."""

    form = models.ForeignKey(SignUpForm, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(_("answer"), max_length=8, choices=QuestionKind)
    text = models.CharField(_("question"), max_length=200)
    choices = ArrayField(models.CharField(max_length=120), default=list, blank=True)
    is_required = models.BooleanField(_("must be answered"), default=False)

    class Meta:
        ordering = ("position",)
        constraints = (
            # Deferred, so that two may change places.
            models.UniqueConstraint(
                fields=["form", "position"],
                name="formquestion_one_a_position",
                deferrable=models.Deferrable.DEFERRED,
            ),
            models.CheckConstraint(
                condition=Q(position__range=(1, MOST_QUESTIONS)), name="formquestion_at_most_twenty"
            ),
            models.CheckConstraint(condition=Q(kind__in=QuestionKind.values), name="formquestion_kind_known"),
            models.CheckConstraint(condition=~Q(text=""), name="formquestion_has_text"),
            models.CheckConstraint(
                condition=Q(kind="choice", choices__len__range=(2, 30)) | ~Q(kind="choice") & Q(choices__len=0),
                name="formquestion_choices_fit_kind",
            ),
        )

    def __str__(self) -> str:
        return self.text


def oldest_waiting(now: datetime.datetime) -> datetime.datetime:
    """A sign-up made before this moment (UTC) can no longer be confirmed."""
    return now - datetime.timedelta(days=CONFIRM_DAYS)


class SignUpQuerySet(models.QuerySet["SignUp"]):
    def confirmed(self) -> Self:
        return self.filter(confirmed_at__isnull=False)

    def waiting(self, now: datetime.datetime) -> Self:
        """Those that can still be confirmed."""
        return self.filter(confirmed_at__isnull=True, created_at__gt=oldest_waiting(now))

    def expired(self, now: datetime.datetime) -> Self:
        """Those that nobody confirmed in time."""
        return self.filter(confirmed_at__isnull=True, created_at__lte=oldest_waiting(now))


class SignUp(models.Model):
    """One post of somebody who joins the network, or a group, or signs up on a form.

    Until the owner of the address confirms it by the mailed link, what was typed is kept here and nowhere else, and
    nobody sees it. The confirmation makes or finds the person, and empties the columns that are theirs from then on.
    """

    # Neither form nor group: /join/. A group without a form: its page for joining. A form's group is its own.
    form = models.ForeignKey(SignUpForm, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_ups")
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_ups")
    email = models.EmailField(max_length=254, blank=True)
    given_name = models.CharField(max_length=120, blank=True)
    family_name = models.CharField(max_length=120, blank=True)
    phone = models.CharField(max_length=20, blank=True)
    # A ZIP code, or a text that the search for places understands.
    place = models.CharField(max_length=200, blank=True)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES)
    # A list of {"question": text as asked, "answer": text}, in the order of the form.
    answers = models.JSONField(default=list, blank=True, db_default=Value([], models.JSONField()))
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True, blank=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, null=True, blank=True, related_name="sign_ups")
    # Nobody was within 50 miles when it was confirmed: groups that start there are introduced to the person.
    is_near_no_group = models.BooleanField(default=False)
    # An organizer of the group typed it: what it shall mean, its owner says when they confirm.
    is_invitation = models.BooleanField(default=False, db_default=False)

    objects: ClassVar[SignUpQuerySet] = SignUpQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(email=Lower("email")), name="signup_email_lower_case"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, person__isnull=True) & ~Q(email="")
                | Q(
                    confirmed_at__isnull=False, person__isnull=False,
                    email="", given_name="", family_name="", phone="", place="",
                ),
                name="signup_typed_until_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True) | Q(confirmed_at__gte=models.F("created_at")),
                name="signup_confirmed_after_made",
            ),
            models.CheckConstraint(
                condition=Q(is_near_no_group=False) | Q(confirmed_at__isnull=False), name="signup_near_none_confirmed"
            ),
            models.CheckConstraint(
                condition=Q(is_invitation=False) | Q(group__isnull=False, form__isnull=True),
                name="signup_invited_to_group",
            ),
        )  # fmt: skip
        indexes = (
            models.Index(fields=["form", "-confirmed_at"], name="signup_of_form"),
            models.Index(fields=["created_at"], condition=Q(confirmed_at__isnull=True), name="signup_waiting"),
            models.Index(fields=["person"], condition=Q(is_near_no_group=True), name="signup_near_no_group"),
        )

    def __str__(self) -> str:
        return f"sign-up {self.pk}"

    @property
    def source(self) -> str:
        """The key of this sign-up in the ledgers of the lower floors."""
        return f"sign_up:{self.pk}"

    def forget_typed(self) -> None:
        """Empty what is the person's from now on. Does not save."""
        self.email = self.given_name = self.family_name = self.phone = self.place = ""


class AskedConsent(models.Model):
    """One consent that was asked at a sign-up, in these words, and whether it was ticked."""

    sign_up = models.ForeignKey(SignUp, on_delete=models.CASCADE, related_name="asked_consents")
    purpose = models.CharField(max_length=12, choices=ConsentPurpose)
    group = models.ForeignKey(Group, on_delete=models.CASCADE, null=True, blank=True, related_name="+")
    wording = models.ForeignKey(ConsentWording, on_delete=models.PROTECT, related_name="+")
    is_ticked = models.BooleanField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(purpose__in=ConsentPurpose.values), name="askedconsent_purpose_known"),
            models.CheckConstraint(
                condition=Q(purpose__in=GROUP_PURPOSES, group__isnull=False)
                | ~Q(purpose__in=GROUP_PURPOSES) & Q(group__isnull=True),
                name="askedconsent_group_fits_purpose",
            ),
            models.UniqueConstraint(
                fields=["sign_up", "purpose", "group"], name="askedconsent_once", nulls_distinct=False
            ),
        )

    def __str__(self) -> str:
        return f"{self.purpose} at sign-up {self.sign_up_id}"
