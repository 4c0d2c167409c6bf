"""What groups hold about a person: told to the person, and forgotten when the person is deleted."""

from collections.abc import Collection, Iterable
from typing import Any

from django.db.models import Q
from django.dispatch import receiver
from django.utils import timezone

from foundation.accounts.models import User
from foundation.mail.forgetting import blot_out
from members.models import Person
from members.person_export import Row, register_export_section
from members.scopes import register_scope_name
from members.signals import person_erased

from .applications import forget_applicant
from .models import Application, Group, GroupMessage, GroupRole, PlaceWatch, RoleInvitation, RosterNote, SignUp


def name_of_group(scope: str) -> str:
    """The name of the group whose scope this is ("group:17"); empty where it is gone."""
    return Group.objects.filter(pk=scope.partition(":")[2]).values_list("name", flat=True).first() or ""


def register_own_data() -> None:
    """Called once, when the app is ready."""
    register_scope_name("group", name_of_group)
    register_export_section("rosters", _rosters, covers=["affiliates.rosterentry"])
    register_export_section("notes_of_groups", _notes, covers=["affiliates.rosternote"])
    register_export_section("messages_to_rosters", _messages, covers=["affiliates.groupmessage"])
    register_export_section("sign_ups", _sign_ups, covers=["affiliates.signup"])
    register_export_section("introductions", _introductions, covers=["affiliates.introduction"])
    register_export_section("places_watched", _watches)
    register_export_section("roles_in_groups", _roles)
    register_export_section("invitations_to_roles", _invitations)
    register_export_section("applications", _applications)
    register_export_section("calls", _call_answers, covers=["affiliates.callanswer"])


def _rosters(person: Person) -> Iterable[Row]:
    entries = person.roster_entries.select_related("group").prefetch_related("tags")
    for entry in entries.order_by("joined_at", "pk"):
        yield {
            "group": entry.group.name,
            "joined_at": entry.joined_at,
            "how": entry.how,
            "source": entry.source,
            "tags": sorted(tag.name for tag in entry.tags.all()),
        }


def _notes(person: Person) -> Iterable[Row]:
    """What organizers of groups wrote down about the person. Who did is their own affair."""
    for note in RosterNote.objects.filter(entry__person=person).select_related("entry__group").order_by("at", "pk"):
        yield {"group": note.entry.group.name, "at": note.at, "text": note.text}


def _messages(person: Person) -> Iterable[Row]:
    """What the person wrote to the rosters of groups."""
    for message in GroupMessage.objects.filter(sent_by__person=person).select_related("group").order_by("at", "pk"):
        columns = ("at", "subject", "text", "reply_to")
        yield {"group": message.group.name, **{name: getattr(message, name) for name in columns}}


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


def _call_answers(person: Person) -> Iterable[Row]:
    columns = ("answered_at", "cancelled_at", "reminded_at", "reminded_again_at", "attended_at")
    for answer in person.call_answers.select_related("call__region").order_by("answered_at", "pk"):
        what = {"call": answer.call.title, "starts_at": answer.call.starts_at}
        yield {**what, **{name: getattr(answer, name) for name in columns}}


def _roles(person: Person) -> Iterable[Row]:
    for role in GroupRole.objects.filter(user__person=person).select_related("group").order_by("since", "pk"):
        yield {"group": role.group.name, "role": role.role, "since": role.since}


def _invitations(person: Person) -> Iterable[Row]:
    found = RoleInvitation.objects.filter(email__in=_addresses(person)).select_related("group")
    columns = ("email", "name", "role", "at", "expires_at", "accepted_at", "revoked_at")
    for invitation in found.order_by("at", "pk"):
        yield {"group": invitation.group.name, **{name: getattr(invitation, name) for name in columns}}


def _applications(person: Person) -> Iterable[Row]:
    columns = (
        "name", "place_name", "state", "applicant_name", "applicant_phone", "why_another", "plan_issues",
        "plan_actions", "plan_priorities", "started_at", "filed_at", "decided_at",
    )  # fmt: skip
    for application in Application.objects.filter(applicant__person=person).order_by("started_at", "pk"):
        yield {name: getattr(application, name) for name in columns}


def _addresses(person: Person) -> list[str]:
    return list(person.emails.values_list("address", flat=True))


@receiver(person_erased, dispatch_uid="affiliates.own_data.forget")
def forget(*, user: User | None, addresses: Collection[str], numbers: Collection[str], **rest: Any) -> None:
    """Rows that hold an address or a number of somebody who is deleted, and that no foreign key leads to."""
    SignUp.objects.filter(Q(email__in=addresses) | Q(phone__in=numbers), confirmed_at__isnull=True).delete()
    PlaceWatch.objects.filter(email__in=addresses).delete()
    RoleInvitation.objects.filter(email__in=addresses).delete()
    Group.objects.filter(contact_email__in=addresses).update(contact_email="")
    GroupMessage.objects.filter(reply_to__in=addresses).update(reply_to="")
    for contact in (*addresses, *numbers):
        blot_out(contact, RosterNote, GroupMessage)
    if user:
        forget_applicant(user=user, now=timezone.now())
