"""What groups hold about a person: told to the person, and forgotten when the person is deleted."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q
from django.dispatch import receiver

from members.models import Person
from members.person_export import Row, register_export_section
from members.scopes import register_scope_name
from members.signals import person_erased

from .models import Group, GroupRole, PlaceWatch, SignUp


def name_of_group(scope: str) -> str:
    """The name of the group whose scope this is ("group:17"); empty where it is gone."""
    return Group.objects.filter(pk=scope.partition(":")[2]).values_list("name", flat=True).first() or ""


def register_own_data() -> None:
    """Called once, when the app is ready."""
    register_scope_name("group", name_of_group)
    register_export_section("rosters", _rosters, covers=["affiliates.rosterentry"])
    register_export_section("sign_ups", _sign_ups, covers=["affiliates.signup"])
    register_export_section("introductions", _introductions, covers=["affiliates.introduction"])
    register_export_section("places_watched", _watches)
    register_export_section("roles_in_groups", _roles)


def _rosters(person: Person) -> Iterable[Row]:
    for entry in person.roster_entries.select_related("group").order_by("joined_at", "pk"):
        yield {"group": entry.group.name, "joined_at": entry.joined_at, "how": entry.how, "source": entry.source}


def _sign_ups(person: Person) -> Iterable[Row]:
    """Those that were confirmed, and those that wait for it under an address of the person."""
    waiting = Q(confirmed_at__isnull=True, email__in=_addresses(person))
    found = SignUp.objects.filter(Q(person=person) | waiting).select_related("form", "group")
    for sign_up in found.prefetch_related("asked_consents").order_by("created_at", "pk"):
        yield {
            "form": sign_up.form.title if sign_up.form else None,
            "group": sign_up.group.name if sign_up.group else None,
            "created_at": sign_up.created_at,
            "confirmed_at": sign_up.confirmed_at,
            "answers": sign_up.answers,
            "agreed_to": [asked.purpose for asked in sign_up.asked_consents.all() if asked.is_ticked],
            **{name: getattr(sign_up, name) for name in ("email", "given_name", "family_name", "phone", "place")},
        }


def _introductions(person: Person) -> Iterable[Row]:
    for introduction in person.introductions.select_related("group").order_by("at", "pk"):
        yield {"group": introduction.group.name, "at": introduction.at}


def _watches(person: Person) -> Iterable[Row]:
    columns = ("email", "place_label", "language", "asked_at", "confirmed_at", "told_at")
    for watch in PlaceWatch.objects.filter(email__in=_addresses(person)).order_by("asked_at", "pk"):
        yield {name: getattr(watch, name) for name in columns}


def _roles(person: Person) -> Iterable[Row]:
    for role in GroupRole.objects.filter(user__person=person).select_related("group").order_by("since", "pk"):
        yield {"group": role.group.name, "role": role.role, "since": role.since}


def _addresses(person: Person) -> list[str]:
    return list(person.emails.values_list("address", flat=True))


@receiver(person_erased, dispatch_uid="affiliates.own_data.forget")
def forget(*, addresses: Collection[str], numbers: Collection[str], **rest: Any) -> None:
    """Rows that hold an address or a number of somebody who is deleted, and that no foreign key leads to."""
    SignUp.objects.filter(Q(email__in=addresses) | Q(phone__in=numbers), confirmed_at__isnull=True).delete()
    PlaceWatch.objects.filter(email__in=addresses).delete()
    Group.objects.filter(contact_email__in=addresses).update(contact_email="")
