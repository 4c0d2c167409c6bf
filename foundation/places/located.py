"""Rows that lie somewhere: the abstract model with its point and position, and the search for the nearest."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.lookups import LessThanOrEqual
from django.utils.translation import gettext_lazy as _

from foundation.places.distance import HasPoint, Point, chord_from_miles
from foundation.places.fields import Chord, CubeField, InBoxAround, Position, position_of


class NearestQuerySet[M: models.Model](models.QuerySet[M]):
    """What can be asked of rows that lie somewhere. Rows without a point are in none of the answers.

    The answers come without their position, which is of use to the database only.
    """

    def with_point(self) -> Self:
        """Those whose point is known."""
        return self.filter(position__isnull=False).defer("position")

    def nearest_to(self, place: HasPoint) -> Self:
        """Nearest first, the older row first where two are equally near; each with `chord`, in metres.

        Cut it by a slice: then Postgres walks the GiST index outward from `place` and stops.
        `distance.miles_from_chord(row.chord)` gives the miles.
        """
        return self.with_point().annotate(chord=Chord("position", position_of(place))).order_by("chord", "pk")

    def within(self, place: HasPoint, miles: float) -> Self:
        """Those at most so many miles from `place`. The index finds the box, the chord decides."""
        metres = chord_from_miles(miles)
        return self.filter(
            InBoxAround("position", place, metres),
            LessThanOrEqual(Chord("position", position_of(place)), metres),
        ).defer("position")


class Located(models.Model):
    """A row with a point that may be unknown (both NULL, never 0/0).

    A concrete model has `class Meta(Located.Meta)`, adds its constraints to `*Located.Meta.constraints`,
    declares `GistIndex(fields=["position"], name=…)`, and has a NearestQuerySet's manager.
    """

    latitude = models.FloatField(_("latitude"), null=True, blank=True)
    longitude = models.FloatField(_("longitude"), null=True, blank=True)
    position = models.GeneratedField(
        expression=Position("latitude", "longitude"), output_field=CubeField(), db_persist=True
    )

    class Meta:
        abstract = True
        constraints: ClassVar[tuple[models.BaseConstraint, ...]] = (
            models.CheckConstraint(
                condition=Q(latitude__isnull=True, longitude__isnull=True)
                | Q(latitude__isnull=False, longitude__isnull=False),
                name="%(class)s_point_whole_or_unknown",
            ),
            models.CheckConstraint(
                condition=Q(latitude__range=(-90, 90), longitude__range=(-180, 180)), name="%(class)s_point_on_earth"
            ),
            models.CheckConstraint(
                condition=Q(latitude__isnull=True) | ~Q(latitude=0, longitude=0), name="%(class)s_point_not_zero"
            ),
        )

    @property
    def point(self) -> Point | None:
        """Where it lies, or None where that is unknown."""
        if self.latitude is None or self.longitude is None:
            return None
        return Point(self.latitude, self.longitude)
