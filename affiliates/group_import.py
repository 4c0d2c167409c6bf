"""Groups from a CSV file: the importer that `foundation.imports` runs for staff.

A row is the group of its `slug`; without one, the group of that name with that home. The same row again
changes nothing, and a row that differs changes only what it gives.
"""

import datetime
import math
import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.imports.importers import BadRow, CheckedRow, Importer, ImportField, Outcome, RowError
from foundation.imports.web_addresses import web_address
from foundation.places.countries import US, country_named
from foundation.places.keys import name_key
from foundation.places.search import (
    Place,
    PlaceError,
    PlaceKind,
    UnknownPlaceError,
    find_place,
    places_of_zip_codes,
)

from .agreements.elsewhere import record_many_elsewhere
from .founding import found_group
from .listing import list_group
from .models import RESERVED_SLUGS, Group, GroupLink, GroupStatus
from .permissions import can_import_groups

_ZIP_CODE = re.compile(r"([0-9]{5})(?:[- ]?[0-9]{4})?")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_WEBSITE = "Website"


@dataclass(frozen=True)
class GroupRow:
    """One row, well-formed. What the file does not give is "" or None."""

    name: str
    zip_code: str = ""
    slug: str = ""
    place: str = ""
    country: str = US
    latitude: float | None = None
    longitude: float | None = None
    about: str = ""
    website: str = ""
    contact_email: str = ""
    status: str = ""

    @property
    def home(self) -> tuple[str, str]:
        """What tells this home from others: the ZIP code, or the country and the name of the place."""
        return (US, self.zip_code) if self.zip_code else (self.country, name_key(self.place))


@dataclass
class _Plan:
    """What is to be done with the rows of a batch."""

    found: list[tuple[CheckedRow[GroupRow], Place]] = field(default_factory=list)
    change: list[tuple[Group, Place, GroupRow]] = field(default_factory=list)
    unchanged: int = 0
    bad: list[BadRow] = field(default_factory=list)

    def outcome(self) -> Outcome:
        return Outcome(len(self.found) + len(self.change), self.unchanged, self.bad)


class GroupImporter(Importer[GroupRow]):
    """Founds groups, lists them, and changes those that are here."""

    kind = "groups"
    title = gettext_lazy("Groups")
    batch_size = 200
    has_file_keys = True
    fields = (
        ImportField("name", gettext_lazy("Name"), required=True, aliases=("group", "group name", "chapter", "nombre")),
        ImportField("zip", gettext_lazy("ZIP code"), aliases=("zip code", "zipcode", "postal code", "codigo postal")),
        ImportField(
            "slug",
            gettext_lazy("Address of its page"),
            aliases=("path",),
            help_text=gettext_lazy("The last part of /groups/akron/. Made from the name where the file has none."),
        ),
        ImportField("place", gettext_lazy("Place"), aliases=("city", "location", "lugar")),
        ImportField(
            "country", gettext_lazy("Country"), help_text=gettext_lazy("For groups outside the United States.")
        ),
        ImportField("latitude", gettext_lazy("Latitude"), aliases=("lat",)),
        ImportField("longitude", gettext_lazy("Longitude"), aliases=("lon", "lng", "long")),
        ImportField("about", gettext_lazy("About the group"), aliases=("description",)),
        ImportField("website", gettext_lazy("Website"), aliases=("url", "web", "site")),
        ImportField("contact_email", gettext_lazy("Contact address"), aliases=("email", "e-mail", "contact")),
        ImportField(
            "status",
            gettext_lazy("Status"),
            help_text=gettext_lazy("“forming” or “listed”. New groups are listed where the file says nothing."),
        ),
    )

    def may_import(self, user: User | AnonymousUser) -> bool:
        return can_import_groups(user)

    def problem_with_columns(self, mapped: frozenset[str]) -> str:
        problem = super().problem_with_columns(mapped)
        if problem or "zip" in mapped or {"place", "country", "latitude", "longitude"} <= mapped:
            return problem
        return _("Choose the column for: ZIP code. Groups abroad need Place, Country, Latitude and Longitude instead.")

    def check_row(self, values: Mapping[str, str], line: int) -> GroupRow:
        name = " ".join(values["name"].split())
        if not name:
            raise RowError(_("Name"), _("The name is missing."))
        if not name_key(name) or len(name) > 120:
            raise RowError(_("Name"), _("A name has letters or digits, and at most 120 characters."))
        zip_code = read_zip_code(values.get("zip", ""))
        about = values.get("about", "")
        if len(about) > 4000:
            raise RowError(_("About the group"), _("This text has more than 4,000 characters."))
        place = " ".join(values.get("place", "").split())
        if len(place) > 120:
            raise RowError(_("Place"), _("The name of a place has at most 120 characters."))
        latitude, longitude = _point(values.get("latitude", ""), values.get("longitude", ""))
        row = GroupRow(
            name=name,
            zip_code=zip_code,
            slug=_slug(values.get("slug", "")),
            place=place,
            country=_country(values.get("country", "")),
            latitude=latitude,
            longitude=longitude,
            about=about,
            website=web_address(values.get("website", ""), column=_("Website")),
            contact_email=_email(values.get("contact_email", "")),
            status=_status(values.get("status", "")),
        )
        _check_home(row)
        return row

    def file_keys(self, row: GroupRow) -> Iterator[tuple[Hashable, str]]:
        if row.slug:
            yield ("slug", row.slug), _("the address “%(slug)s”") % {"slug": row.slug}
        yield (name_key(row.name), *row.home), _("this name and home")

    def check_batch(self, rows: Sequence[CheckedRow[GroupRow]]) -> Outcome:
        return _plan(rows).outcome()

    def load_batch(
        self,
        rows: Sequence[CheckedRow[GroupRow]],
        *,
        actor: User | None,
        options: Mapping[str, Any],
        now: datetime.datetime,
    ) -> Outcome:
        plan = _plan(rows)
        listed = [_found(checked.row, place, actor=actor, now=now) for checked, place in plan.found]
        listed += [_change(group, place, row, actor=actor, now=now) for group, place, row in plan.change]
        # Who is listed is an affiliate: their agreements were signed before they came here.
        record_many_elsewhere(groups=[group for group in listed if group.is_listed], actor=actor, now=now)
        return plan.outcome()


# --- One row by itself ------------------------------------------------------------------------------------


def read_zip_code(text: str) -> str:
    """The five digits of a ZIP code as a file has it, "" for none. Raises RowError."""
    if not text:
        return ""
    if match := _ZIP_CODE.fullmatch(text):
        return match[1]
    if re.fullmatch(r"[0-9]{3,4}", text):
        dropped = {"text": text, "whole": text.zfill(5)}
        raise RowError(
            _("ZIP code"),
            _("“%(text)s” is too short. If a spreadsheet dropped a leading zero, write %(whole)s.") % dropped,
        )
    raise RowError(_("ZIP code"), _("“%(text)s” is no ZIP code: it has five digits.") % {"text": text[:20]})


def _slug(text: str) -> str:
    slug = text.strip("/").lower()
    if slug and (not _SLUG.fullmatch(slug) or len(slug) > 80 or slug in RESERVED_SLUGS):
        raise RowError(
            _("Address of its page"),
            _("“%(slug)s” cannot be an address: use small letters, digits and hyphens, such as “akron”.")
            % {"slug": slug[:40]},
        )
    return slug


def _country(text: str) -> str:
    if not text:
        return US
    code = country_named(text)
    if code is None:
        raise RowError(_("Country"), _("“%(text)s” is no country that we know.") % {"text": text[:40]})
    return code


def _point(latitude: str, longitude: str) -> tuple[float | None, float | None]:
    if not latitude and not longitude:
        return None, None
    try:
        north, east = float(latitude), float(longitude)
    except ValueError:
        north = east = math.nan
    if not (abs(north) <= 90 and abs(east) <= 180) or north == east == 0:
        raise RowError(
            _("Latitude"), _("Latitude and longitude are degrees, such as 51.5 and -0.12, and never both 0.")
        )
    return north, east


def _email(text: str) -> str:
    address = text.lower()
    try:
        if address:
            validate_email(address)
    except ValidationError:
        address = "@" * 255
    if len(address) > 254:
        raise RowError(_("Contact address"), _("This is no e-mail address."))
    return address


def _status(text: str) -> str:
    status = text.casefold()
    if status and status not in {GroupStatus.FORMING, GroupStatus.LISTED}:
        raise RowError(_("Status"), _("“%(text)s” is no status. Write “forming” or “listed”.") % {"text": text[:20]})
    return status


def _check_home(row: GroupRow) -> None:
    if row.zip_code:
        if row.country != US:
            raise RowError(_("Country"), _("Only homes in the United States have a ZIP code."))
        return
    if row.country == US:
        raise RowError(_("ZIP code"), _("The ZIP code is missing."))
    if not name_key(row.place) or row.latitude is None:
        raise RowError(_("Place"), _("A home abroad needs a place, a latitude and a longitude."))


# --- A batch beside what is in the database ----------------------------------------------------------------


def _plan(rows: Sequence[CheckedRow[GroupRow]]) -> _Plan:
    """What to do with each row. Five queries at most for homes and groups that are known, however many rows."""
    plan = _Plan()
    places = _places([checked.row for checked in rows])
    groups = _Groups([checked.row for checked in rows])
    for checked in rows:
        line, row = checked
        try:
            place = places[row.home] if row.zip_code else _place_abroad(row)
            if isinstance(place, RowError):
                raise place
            group = groups.group_of(row, line)
        except RowError as error:
            plan.bad.append(BadRow(line, error.column, error.reason))
            continue
        if group is None:
            plan.found.append((checked, _own(place, row)))
        elif _differs(group, row):
            plan.change.append((group, _own(place, row), row))
        else:
            plan.unchanged += 1
    return plan


def _places(rows: list[GroupRow]) -> dict[tuple[str, str], Place | RowError]:
    """Where the ZIP codes of these rows are, or why that is not to be known. One query for all with a point."""
    codes = {row.zip_code for row in rows if row.zip_code}
    return {(US, code): _as_home(code, found) for code, found in places_of_zip_codes(codes).items()}


def _as_home(code: str, found: Place | PlaceError) -> Place | RowError:
    if isinstance(found, UnknownPlaceError):
        return RowError(_("ZIP code"), _("There is no ZIP code %(code)s.") % {"code": code})
    if isinstance(found, PlaceError):
        return RowError(_("ZIP code"), str(found))
    if found.country != US:
        return RowError(_("ZIP code"), _("%(code)s is a military post office abroad: no home.") % {"code": code})
    return found


def _place_abroad(row: GroupRow) -> Place:
    return Place(
        name=row.place,
        label=row.place,
        latitude=row.latitude or 0.0,
        longitude=row.longitude or 0.0,
        kind=PlaceKind.ABROAD,
        country=row.country,
    )


def _own(place: Place, row: GroupRow) -> Place:
    """`place` under the name and at the point that the row itself gives, if it does."""
    if row.latitude is not None and row.longitude is not None:
        place = replace(place, latitude=row.latitude, longitude=row.longitude)
    return replace(place, name=row.place) if row.place else place


class _Groups:
    """The groups that a batch may be about, found in three queries."""

    def __init__(self, rows: list[GroupRow]) -> None:
        groups = Group.objects.defer("position").prefetch_related("links").order_by("pk")
        self._by_slug = {group.slug: group for group in groups.filter(slug__in={row.slug for row in rows if row.slug})}
        self._by_key: dict[tuple[str, ...], list[Group]] = defaultdict(list)
        for group in groups.filter(name_key__in={name_key(row.name) for row in rows}):
            self._by_key[group.name_key, *_home(group)].append(group)

    def group_of(self, row: GroupRow, line: int) -> Group | None:
        """The group that the row is about, None for a new one. Raises RowError where the two don't go together."""
        alike = self._by_key[name_key(row.name), *row.home]
        group = self._by_slug.get(row.slug)
        if group is None:
            if alike and (row.slug or len(alike) > 1):
                slugs = ", ".join(f"“{other.slug}”" for other in alike)
                known = {"line": line, "name": row.name, "slugs": slugs}
                raise RowError(
                    _("Address of its page"),
                    _("Line %(line)s: %(name)s is here already, with this home, at the address %(slugs)s.") % known,
                )
            group = alike[0] if alike else None
        elif group.name_key != name_key(row.name) and _home(group) != row.home:
            taken = {"line": line, "slug": row.slug, "group": group.name, "place": group.place_name}
            raise RowError(
                _("Address of its page"),
                _("Line %(line)s: the address “%(slug)s” belongs to another group, %(group)s in %(place)s.") % taken,
            )
        if group is not None and group.status == GroupStatus.ENDED:
            raise RowError("", _("%(group)s has ended. List it again on the page of groups.") % {"group": group.name})
        return group


def _home(group: Group) -> tuple[str, str]:
    return (US, group.zip_code_id) if group.zip_code_id else (group.country, name_key(group.place_name))


def _differs(group: Group, row: GroupRow) -> bool:
    """Does the row give anything that the group is not?"""
    return (
        group.name != row.name
        or _home(group) != row.home
        or (bool(row.place) and group.place_name != row.place)
        or (row.latitude is not None and (group.latitude, group.longitude) != (row.latitude, row.longitude))
        or (bool(row.about) and group.about != row.about)
        or (bool(row.contact_email) and group.contact_email != row.contact_email)
        or (bool(row.website) and row.website not in {link.url for link in group.links.all()})
        or (row.status == GroupStatus.LISTED and not group.is_listed)
    )


# --- Writing ----------------------------------------------------------------------------------------------


def _found(row: GroupRow, place: Place, *, actor: User | None, now: datetime.datetime) -> Group:
    if not place.time_zone:
        place = replace(place, time_zone=find_place(f"{place.latitude:f},{place.longitude:f}").time_zone)
    group = found_group(
        name=row.name,
        place=place,
        actor=actor,
        now=now,
        slug=row.slug,
        about=row.about,
        contact_email=row.contact_email,
        links={_WEBSITE: row.website} if row.website else None,
    )
    if row.status != GroupStatus.FORMING:
        list_group(group=group, actor=actor, now=now)
    return group


_CHANGEABLE = (
    "name", "name_key", "country", "state", "zip_code", "place_name", "latitude", "longitude", "time_zone", "about",
    "contact_email",
)  # fmt: skip


def _change(group: Group, place: Place, row: GroupRow, *, actor: User | None, now: datetime.datetime) -> Group:
    """Give `group` what the row gives. An import lists a group and never takes one off the list."""
    group.name, group.name_key = row.name, name_key(row.name)
    if _home(group) != row.home or row.place or row.latitude is not None:
        group.country, group.state, group.zip_code_id = place.country, place.state, place.zip_code or None
        group.place_name, group.latitude, group.longitude = place.name, place.latitude, place.longitude
        group.time_zone = place.time_zone or group.time_zone
    group.about = row.about or group.about
    group.contact_email = row.contact_email or group.contact_email
    group.save(update_fields=_CHANGEABLE)
    if row.website and row.website not in {link.url for link in group.links.all()}:
        group.links.filter(label=_WEBSITE).delete()
        GroupLink.objects.create(group=group, label=_WEBSITE, url=row.website)
    record(actor=actor, action="changed group by import", subject=f"group:{group.pk}")
    if row.status == GroupStatus.LISTED:
        list_group(group=group, actor=actor, now=now)
    return group
