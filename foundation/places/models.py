"""ZIP codes, the places that people name, and areas made of ZIP codes."""

from typing import ClassVar, Self

from django.contrib.postgres.indexes import GistIndex
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from foundation.places.located import Located, NearestQuerySet
from foundation.places.states import STATES

__all__ = [
    "Area",
    "AreaKind",
    "AreaZipCode",
    "LoadedData",
    "Located",
    "NamedPlace",
    "NamedPlaceKind",
    "NearestQuerySet",
    "ZipCode",
    "ZipCodeKind",
]


class ZipCodeKind(models.TextChoices):
    """The post office's own kinds."""

    STANDARD = "STANDARD", _("standard")
    PO_BOX = "PO BOX", _("post office boxes only")
    UNIQUE = "UNIQUE", _("one organisation only")
    MILITARY = "MILITARY", _("military")


class ZipCodeQuerySet(NearestQuerySet["ZipCode"]):
    """Questions about ZIP codes: those of rows that lie somewhere."""


class ZipCode(Located):
    """One ZIP code as the `zipcodes` package has it. Where it knows nothing, text is empty and the point NULL."""

    code = models.CharField(max_length=5, primary_key=True)
    kind = models.CharField(max_length=8, choices=ZipCodeKind)
    is_active = models.BooleanField(default=True)
    city = models.CharField(max_length=60)
    county = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2, blank=True)

    objects: ClassVar[ZipCodeQuerySet] = ZipCodeQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        constraints = (
            *Located.Meta.constraints,
            models.CheckConstraint(condition=Q(code__regex=r"^[0-9]{5}$"), name="zipcode_five_digits"),
            models.CheckConstraint(condition=Q(kind__in=ZipCodeKind.values), name="zipcode_kind_known"),
            models.CheckConstraint(condition=Q(state__in=list(STATES)), name="zipcode_state_known"),
            models.CheckConstraint(condition=Q(time_zone="") | Q(time_zone__contains="/"), name="zipcode_zone_iana"),
        )
        indexes = (
            GistIndex(fields=["position"], name="zipcode_position"),
            models.Index(fields=["state", "county"], name="zipcode_state_county"),
        )

    def __str__(self) -> str:
        return self.code


class NamedPlaceKind(models.TextChoices):
    """What a name stands for."""

    CITY = "city", _("city")
    COUNTY = "county", _("county")
    STATE = "state", _("state")
    ABROAD = "abroad", _("city outside the United States")


class NamedPlaceQuerySet(NearestQuerySet["NamedPlace"]):
    """Questions about named places: those of rows that lie somewhere."""


class NamedPlace(Located):
    """A name that people search by, with the middle of what it names.

    Made from the ZIP codes (US) and from GeoNames (abroad) whenever those are loaded: refer to none by its id.
    """

    kind = models.CharField(max_length=6, choices=NamedPlaceKind)
    name = models.CharField(max_length=120)
    key = models.CharField(max_length=120, help_text=_("the name as keys.place_key compares it"))
    state = models.CharField(max_length=2, blank=True)
    country = models.CharField(max_length=2)
    is_alias = models.BooleanField(default=False, help_text=_("the post office accepts the name but prefers another"))
    zip_code_count = models.PositiveIntegerField(default=0)
    population = models.PositiveIntegerField(default=0, help_text=_("0 where it is unknown"))
    time_zone = models.CharField(max_length=40, blank=True)

    objects: ClassVar[NamedPlaceQuerySet] = NamedPlaceQuerySet.as_manager()  # type: ignore[assignment]

    class Meta(Located.Meta):
        constraints = (
            *Located.Meta.constraints,
            models.UniqueConstraint(fields=["key", "kind", "state", "country"], name="namedplace_once"),
            models.CheckConstraint(condition=Q(kind__in=NamedPlaceKind.values), name="namedplace_kind_known"),
            models.CheckConstraint(condition=Q(latitude__isnull=False), name="namedplace_has_point"),
            models.CheckConstraint(
                condition=Q(kind="abroad", state="") & ~Q(country="US") | ~Q(kind="abroad") & Q(state__in=list(STATES)),
                name="namedplace_state_unless_abroad",
            ),
        )
        indexes = (
            GistIndex(fields=["position"], name="namedplace_position"),
            # For suggestions. Partial, lest Postgres take it for the search of equal keys, which it is slow at.
            GistIndex(
                fields=["key"], opclasses=["gist_trgm_ops"], condition=Q(is_alias=False), name="namedplace_spelling"
            ),
        )

    def __str__(self) -> str:
        return f"{self.name}, {self.state or self.country}"


class LoadedData(models.Model):
    """Which edition of which reference data the database holds, so that loading it again does nothing."""

    name = models.CharField(max_length=40, primary_key=True)
    fingerprint = models.CharField(max_length=64)
    loaded_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name_plural = "loaded data"

    def __str__(self) -> str:
        return f"{self.name}: {self.fingerprint[:12]}"


class AreaKind(models.TextChoices):
    """Where an area's ZIP codes come from."""

    DISTRICT = "district", _("district, from a crosswalk")
    CUSTOM = "custom", _("made here")


class AreaQuerySet(models.QuerySet["Area"]):
    """Questions about areas."""

    def containing(self, zip_code: str) -> Self:
        """The areas that a ZIP code lies in: several, where districts share it. No order."""
        return self.filter(members__zip_code_id=zip_code)

    def districts(self, edition: str) -> Self:
        """The districts of one crosswalk. No order."""
        return self.filter(kind=AreaKind.DISTRICT, edition=edition)


class Area(models.Model):
    """A named set of ZIP codes. `recipe` says what it was built from; `areas.rebuild_area` follows it again."""

    kind = models.CharField(max_length=10, choices=AreaKind)
    name = models.CharField(_("name"), max_length=120)
    slug = models.SlugField(max_length=140, unique=True)
    code = models.CharField(_("code"), max_length=20, blank=True, help_text=_("such as MA-07"))
    edition = models.CharField(max_length=20, blank=True, help_text=_("which crosswalk: the Congress, such as 119"))
    recipe = models.JSONField(default=dict)
    updated_at = models.DateTimeField(default=timezone.now)
    zip_codes: "models.ManyToManyField[ZipCode, AreaZipCode]" = models.ManyToManyField(
        ZipCode, through="AreaZipCode", related_name="areas"
    )

    objects: ClassVar[AreaQuerySet] = AreaQuerySet.as_manager()  # type: ignore[assignment]

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=AreaKind.values), name="area_kind_known"),
            models.CheckConstraint(
                condition=~Q(kind="district") | ~Q(code="") & ~Q(edition=""), name="area_district_has_code_and_edition"
            ),
            models.UniqueConstraint(
                fields=["edition", "code"], condition=Q(kind="district"), name="area_district_once_an_edition"
            ),
        )

    def __str__(self) -> str:
        return self.name

    def contains(self, zip_code: str) -> bool:
        """Whether a five-digit ZIP code is one of the area's."""
        return self.members.filter(zip_code_id=zip_code).exists()


class AreaZipCode(models.Model):
    """One ZIP code of one area. A ZIP code may lie in several areas, also of the same kind."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="members")
    zip_code = models.ForeignKey(ZipCode, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["area", "zip_code"], name="areazipcode_once"),)

    def __str__(self) -> str:
        return f"{self.area_id}: {self.zip_code_id}"
