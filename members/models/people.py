"""Humans known to the network, and how they are reached."""

from typing import Any, ClassVar, Self

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length, Lower, Now
from django.db.models.lookups import LessThanOrEqual, Range
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from foundation.accounts.models import User
from foundation.places.distance import HasPoint, chord_from_miles
from foundation.places.fields import Chord, InBoxAround, position_of
from foundation.places.located import Located, NearestQuerySet
from foundation.places.models import ZipCode


class NameKey(models.Func):
    """What is left of a name when accents, case and punctuation don't matter (migration 0001_name_key).

    The function itself is called for names with accents only: an import would feel its call. An expression with
    parameters stands in the SQL once, and so is given to the function.
    """

    template = (
        "CASE WHEN octet_length(%(expressions)s) = length(%(expressions)s) THEN"
        """ btrim(translate(lower(%(expressions)s), '-.,_/"()''`', '        '))"""
        " ELSE members_name_key(%(expressions)s) END"
    )
    arity = 1
    output_field = models.CharField(max_length=240)

    def as_sql(self, *args: Any, **options: Any) -> Any:
        compiler = args[0] if args else options["compiler"]
        _sql, parameters = compiler.compile(self.get_source_expressions()[0])
        if parameters:
            options["template"] = "members_name_key(%(expressions)s)"
        return super().as_sql(*args, **options)


class PersonQuerySet(NearestQuerySet["Person"]):
    """Questions about people."""

    def within(self, place: HasPoint, miles: float) -> Self:
        """Those at most so many miles from `place`: at the point of their ZIP code, else at their own.

        The ZIP codes are asked for first, because an index on them costs an import less than one on points. Of those
        without a point of their own, people may stand anywhere (members.people.home_of).
        """
        metres = chord_from_miles(miles)
        codes = ZipCode.objects.within(place, miles).values_list("pk", flat=True)
        without_point = ZipCode.objects.filter(position__isnull=True).values_list("pk", flat=True)
        return self.filter(
            LessThanOrEqual(Chord("position", position_of(place)), metres),
            Q(zip_code__in=list(codes.union(without_point)))
            | Q(InBoxAround("position", place, metres), zip_code__isnull=True),
        ).defer("position")

    def of_user(self, user: User) -> Self:
        """The person who signs in as `user`: the one linked, or who owns an address that the user has verified.

        Usually one row; several where the user's addresses belong to people whom nobody has merged yet. The linked
        one comes first.
        """
        verified = EmailAddress.objects.filter(user=user, verified=True).values("email")
        return (
            self.filter(Q(user=user) | Q(user__isnull=True, emails__address__in=verified))
            .distinct()
            .order_by(models.F("user").asc(nulls_last=True), "pk")
        )


class Person(Located):
    """A human known to the network by e-mail or phone, with or without a login."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="person"
    )
    given_name = models.CharField(_("given name"), max_length=120, blank=True)
    family_name = models.CharField(_("family name"), max_length=120, blank=True)
    # Kept by the database; staff search and the search for duplicates compare these. In the collation C one index
    # serves equality, prefixes and order.
    given_key = models.GeneratedField(
        expression=NameKey("given_name"),
        output_field=models.CharField(max_length=240, db_collation="C"),
        db_persist=True,
    )
    family_key = models.GeneratedField(
        expression=NameKey("family_name"),
        output_field=models.CharField(max_length=240, db_collation="C"),
        db_persist=True,
    )
    zip_code = models.ForeignKey(
        ZipCode,
        verbose_name=_("ZIP code"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_constraint=False,  # ZIP codes are never deleted (places.loading); the check would cost every import
        db_index=False,  # Django's would be two, one of them for LIKE; person_by_zip_code is one
    )
    country = models.CharField(_("country"), max_length=2, default="US")
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    created_at = models.DateTimeField(db_default=Now())

    objects: ClassVar[PersonQuerySet] = PersonQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = (
            # Whoever has a ZIP code is found by it (PersonQuerySet.within).
            GistIndex(fields=["position"], condition=Q(zip_code__isnull=True), name="person_position"),
            models.Index(fields=["family_key", "given_key"], name="person_by_name"),
            models.Index(fields=["given_key", "id"], name="person_by_given_name"),
            models.Index(fields=["zip_code"], name="person_by_zip_code"),
        )

    def __str__(self) -> str:
        return self.full_name or f"person {self.pk}"

    @property
    def full_name(self) -> str:
        """The name as people write it here: given name first. Empty where none is known."""
        return f"{self.given_name} {self.family_name}".strip()

    @property
    def primary_email(self) -> "PersonEmail | None":
        """The address that we write to; uses `emails` where it is prefetched."""
        return next((email for email in self.emails.all() if email.is_primary), None)


# No row has the id 0: two primary addresses of one person would be equal, and no others are.
_PRIMARY_ONCE = models.Case(
    models.When(is_primary=True, then=0), default=models.F("id"), output_field=models.BigIntegerField()
)


class PersonEmail(models.Model):
    """One e-mail address of a person. An address has one owner."""

    # Triggers see to the reference (migration 0004_once_a_statement); personemail_one_primary serves it too.
    person = models.ForeignKey(
        Person, on_delete=models.CASCADE, related_name="emails", db_index=False, db_constraint=False
    )
    address = models.EmailField(_("e-mail address"), max_length=254, db_collation="C")
    is_primary = models.BooleanField(default=False, db_default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["address"],
                name="personemail_one_owner",
                violation_error_message=_("This e-mail address belongs to somebody already."),
            ),
            models.CheckConstraint(condition=models.Q(address=Lower("address")), name="personemail_lower_case"),
            models.UniqueConstraint("person", _PRIMARY_ONCE, name="personemail_one_primary"),
        )

    def __str__(self) -> str:
        return self.address


class PersonPhone(models.Model):
    """One phone number of a person in E.164 form. A number has one owner."""

    # Triggers see to the reference (migration 0004_once_a_statement).
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phones", db_constraint=False)
    number = PhoneNumberField(_("phone number"), db_collation="C")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["number"],
                name="personphone_one_owner",
                violation_error_message=_("This phone number belongs to somebody already."),
            ),
            # At least 7 digits and at most 15, said so that Postgres looks at a million of them quickly.
            models.CheckConstraint(
                condition=models.Q(number__regex=r"^\+[1-9][0-9]+$") & models.Q(Range(Length("number"), (8, 16))),
                name="personphone_e164",
            ),
        )

    def __str__(self) -> str:
        return str(self.number)
