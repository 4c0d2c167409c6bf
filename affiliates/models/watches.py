"""Who waits for a group near them."""

from typing import ClassVar, Self

from django.conf import settings
from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.places.located import Located, NearestQuerySet

from .groups import Group


class WatchQuerySet(NearestQuerySet["PlaceWatch"]):
    def waiting(self) -> Self:
        """Confirmed, and not told yet."""
        return self.filter(confirmed_at__isnull=False, told_at__isnull=True)


class PlaceWatch(Located):
    """Somebody near no group asked to hear when there is one. Nothing is sent before they confirm by mail.

    Whoever stops it is forgotten: the row goes.
    """

    email = models.EmailField(_("e-mail address"), max_length=254)
    place_label = models.CharField(max_length=160)
    language = models.CharField(max_length=5, choices=settings.LANGUAGES, default="en")
    asked_at = models.DateTimeField(default=timezone.now)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_of = models.ForeignKey(Group, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects: ClassVar[WatchQuerySet] = WatchQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        verbose_name_plural = "place watches"
        constraints = (
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(email=Lower("email")), name="placewatch_email_lower_case"),
            models.CheckConstraint(condition=Q(latitude__isnull=False), name="placewatch_has_point"),
            models.CheckConstraint(
                condition=Q(told_at__isnull=True) | Q(confirmed_at__isnull=False), name="placewatch_told_if_confirmed"
            ),
            models.UniqueConstraint(
                fields=["email", "place_label"],
                condition=Q(told_at__isnull=True),
                name="placewatch_once_a_place",
            ),
        )
        indexes = (
            GistIndex(
                fields=["position"],
                condition=Q(confirmed_at__isnull=False, told_at__isnull=True),
                name="placewatch_waiting_position",
            ),
        )

    def __str__(self) -> str:
        return self.place_label
