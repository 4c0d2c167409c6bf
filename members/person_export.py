"""Everything that is held about one person, for themselves: as JSON, and as CSV files in a ZIP archive.

The export is made of sections. This floor's are below; an app above adds its own in its `ready()`. A test walks all
tables that refer to a person and fails where one is in no section.
"""

import csv
import io
import json
import zipfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Q

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.documents.models import Document
from foundation.mail.models import OutgoingMail, Suppression
from foundation.web.spreadsheets import safe_cell

from .models import ActivityScore, CancelledRecurring, Consent, Duplicate, Membership, Merge, Person, PersonTag

type Row = Mapping[str, Any]
type BuildRows = Callable[[Person], Iterable[Row]]


@dataclass(frozen=True)
class Section:
    """One part of the export. `covers` names the tables that it tells of ("affiliates.rosterentry")."""

    key: str
    rows: BuildRows
    covers: frozenset[str]


_sections: dict[str, Section] = {}


def register_export_section(key: str, rows: BuildRows, *, covers: Iterable[str] = ()) -> None:
    """Add a section: its name in the files, its rows (flat, by column), and the models that it covers.

    Rows are read by the person themselves: they name no other person. The same key again replaces the section.
    """
    _sections[key] = Section(key, rows, frozenset(covers))


def export_sections() -> list[Section]:
    """All sections, in the order in which they were registered."""
    return list(_sections.values())


def everything_about(person: Person) -> dict[str, list[Row]]:
    """All sections with their rows."""
    return {section.key: list(section.rows(person)) for section in _sections.values()}


def export_json(*, person: Person, actor: User) -> bytes:
    """The export as JSON (UTF-8), and its audit row."""
    record(actor=actor, action="exported own data", subject=f"person:{person.pk}", format="json")
    return json.dumps(everything_about(person), cls=DjangoJSONEncoder, ensure_ascii=False, indent=2).encode()


def export_csv(*, person: Person, actor: User) -> bytes:
    """The export as a ZIP archive with one CSV file a section, and its audit row.

    One file for all sections would have columns of different meaning under each other. The cells are made safe for
    spreadsheets (foundation.web.spreadsheets).
    """
    record(actor=actor, action="exported own data", subject=f"person:{person.pk}", format="csv")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for key, rows in everything_about(person).items():
            archive.writestr(f"{key}.csv", _csv(rows))
    return packed.getvalue()


def _csv(rows: Sequence[Row]) -> bytes:
    columns = list(dict.fromkeys(column for row in rows for column in row))
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([[_cell(row.get(column)) for column in columns] for row in rows])
    return ("\ufeff" + text.getvalue()).encode()  # the mark by which Excel knows UTF-8


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return safe_cell(value)
    text = json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False)
    return safe_cell(text.strip('"') if not isinstance(value, (dict, list)) else text)


# --- what this floor and the ones below hold ----------------------------------------------------------------------


def _person(person: Person) -> Iterable[Row]:
    score = ActivityScore.objects.filter(person=person).first()
    yield {
        "id": person.pk,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "zip_code": person.zip_code_id,
        "country": person.country,
        "latitude": person.latitude,
        "longitude": person.longitude,
        "language": person.language,
        "time_zone": person.time_zone,
        "known_since": person.created_at,
        "activity_score": score and score.score,
        "last_active_at": score and score.last_at,
        "attendances": score.attendances if score else 0,
    }


def _membership(person: Person) -> Iterable[Row]:
    for membership in Membership.objects.filter(person=person).select_related("basis"):
        yield {"since": membership.since, "basis": membership.basis.source}


def _emails(person: Person) -> Iterable[Row]:
    return person.emails.order_by("pk").values("address", "is_primary", "verified_at")


def _phones(person: Person) -> Iterable[Row]:
    return ({"number": str(phone.number)} for phone in person.phones.order_by("pk"))


def _activities(person: Person) -> Iterable[Row]:
    columns = ("kind", "source", "at", "recorded_at", "is_basis", "withdrawn_at", "withdrawn_because", "details")
    rows: Iterable[Row] = person.activities.order_by("at", "pk").values(*columns)
    return rows


def _donations(person: Person) -> Iterable[Row]:
    columns = (
        *("source", "line_item", "receipt", "amount", "currency", "paid_at", "is_recurring", "refund", "refunded_at"),
        *("page", "reference_code", "recipient", "recorded_at"),
    )
    rows = list(person.donations.order_by("paid_at", "pk").values(*columns))
    ended = CancelledRecurring.objects.filter(receipt__in={row["receipt"] for row in rows if row["receipt"]})
    cancelled = {(one.source, one.receipt): one.cancelled_at for one in ended}
    return ({**row, "recurring_ended_at": cancelled.get((row["source"], row["receipt"]))} for row in rows)


def _consents(person: Person) -> Iterable[Row]:
    for consent in person.consents.select_related("wording").order_by("pk"):
        yield {
            "purpose": consent.purpose,
            "scope": consent.scope,
            "is_given": consent.is_given,
            "at": consent.at,
            "source": consent.source,
            "wording": consent.wording.text if consent.wording else "",
            "wording_version": consent.wording.version if consent.wording else None,
            "wording_language": consent.wording.language if consent.wording else "",
            "recorded_at": consent.recorded_at,
        }


def _notes(person: Person) -> Iterable[Row]:
    return person.notes.order_by("at", "pk").values("at", "text")


def _tags(person: Person) -> Iterable[Row]:
    tags = PersonTag.objects.filter(person=person).select_related("tag").order_by("pk")
    return ({"tag": one.tag.name, "at": one.at} for one in tags)


def _duplicates(person: Person) -> Iterable[Row]:
    pairs = Duplicate.objects.filter(Q(first=person) | Q(second=person)).order_by("pk")
    return pairs.values("reason", "state", "found_at", "decided_at")


def _merges(person: Person) -> Iterable[Row]:
    return Merge.objects.filter(kept=person).order_by("pk").values("merged_at", "undo_until", "undone_at")


def _addresses(person: Person) -> set[str]:
    own = set(person.emails.values_list("address", flat=True))
    return own | ({person.user.email} if person.user else set())


def _mails(person: Person) -> Iterable[Row]:
    mails = OutgoingMail.objects.filter(to_email__in=_addresses(person)).order_by("pk")
    columns = ("subject", "purpose", "scope", "state", "created_at", "sent_at", "delivered_at", "bounced_at")
    rows: Iterable[Row] = mails.values("to_email", *columns, "complained_at", "unsubscribed_at")
    return rows


def _suppressions(person: Person) -> Iterable[Row]:
    rows = Suppression.objects.filter(address__in=_addresses(person)).order_by("pk")
    return rows.values("address", "scope", "reason", "at")


def _login(person: Person) -> Iterable[Row]:
    if person.user:
        user = person.user
        yield {
            "email": user.email,
            "name": user.name,
            "language": user.language,
            "joined_at": user.joined_at,
            "last_login": user.last_login,
            "is_staff": user.is_staff,
            "addresses": list(EmailAddress.objects.filter(user=user).order_by("pk").values("email", "verified")),
            "second_factors": list(
                Authenticator.objects.filter(user=user).order_by("pk").values("type", "created_at", "last_used_at")
            ),
        }


def _documents(person: Person) -> Iterable[Row]:
    asked = Document.objects.filter(Q(subject=f"person:{person.pk}") | Q(requested_by=person.user_id or -1))
    return asked.order_by("pk").values("kind", "subject", "state", "requested_at", "made_at", "expires_at")


def register_own_sections() -> None:
    """Called once, when the app is ready."""
    register_export_section("person", _person, covers=[ActivityScore._meta.label_lower])
    register_export_section("membership", _membership, covers=[Membership._meta.label_lower])
    register_export_section("emails", _emails, covers=["members.personemail"])
    register_export_section("phones", _phones, covers=["members.personphone"])
    register_export_section("activities", _activities, covers=["members.activity"])
    register_export_section("donations", _donations, covers=["members.donation"])
    register_export_section("consents", _consents, covers=[Consent._meta.label_lower])
    register_export_section("notes", _notes, covers=["members.personnote"])
    register_export_section("tags", _tags, covers=[PersonTag._meta.label_lower])
    # That somebody is still to be compared with others is part of the search for duplicates.
    register_export_section("duplicates", _duplicates, covers=["members.duplicate", "members.persontocompare"])
    register_export_section("merges", _merges, covers=["members.merge"])
    register_export_section("mails", _mails)
    register_export_section("mails_not_wanted", _suppressions)
    register_export_section("login", _login)
    register_export_section("documents", _documents)
