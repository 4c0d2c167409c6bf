"""The network's memory of people. What ties a person to a group lives in `affiliates`."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from phonenumber_field.modelfields import PhoneNumberField

from foundation.places.located import Located, NearestQuerySet
from foundation.places.models import ZipCode


class PersonQuerySet(NearestQuerySet["Person"]):
    """Questions about people."""


class Person(Located):
    """A human known to the network by e-mail or phone, with or without a login."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, related_name="person"
    )
    given_name = models.CharField(_("given name"), max_length=120, blank=True)
    family_name = models.CharField(_("family name"), max_length=120, blank=True)
    zip_code = models.ForeignKey(ZipCode, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    country = models.CharField(_("country"), max_length=2, default="US")
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    time_zone = models.CharField(_("time zone"), max_length=40, blank=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[PersonQuerySet] = PersonQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        verbose_name = _("person")
        verbose_name_plural = _("people")
        indexes = (GistIndex(fields=["position"], name="person_position"),)

    def __str__(self) -> str:
        return f"{self.given_name} {self.family_name}".strip() or f"person {self.pk}"


class PersonEmail(models.Model):
    """One e-mail address of a person. An address has one owner."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="emails")
    address = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    is_primary = models.BooleanField(default=False)
    verified_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(address=Lower("address")), name="personemail_lower_case"),
            models.UniqueConstraint(
                fields=["person"], condition=models.Q(is_primary=True), name="personemail_one_primary"
            ),
        )

    def __str__(self) -> str:
        return self.address


class PersonPhone(models.Model):
    """One phone number of a person in E.164 form. A number has one owner."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="phones")
    number = PhoneNumberField(_("phone number"), unique=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=models.Q(number__regex=r"^\+[1-9][0-9]{6,14}$"), name="personphone_e164"),
        )

    def __str__(self) -> str:
        return str(self.number)
