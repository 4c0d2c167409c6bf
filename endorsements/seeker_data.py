"""Panels and ways of other pages about running for office; what is held, told and forgotten about those who run."""

from collections.abc import Collection, Iterable

from django.db.models import Q, QuerySet
from django.dispatch import receiver
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from affiliates.dashboard import Way
from affiliates.models import Group
from foundation.accounts.models import User
from members.models import Person
from members.person_export import Row, register_export_section
from members.signals import person_erased

from .models import OfficeSeeker, SeekerFollowUp, SeekerStage
from .permissions import can_refer
from .seekers import let_go


def own_seeking(user: User) -> QuerySet[OfficeSeeker]:
    """What the person of this login has confirmed, the latest first."""
    own = OfficeSeeker.objects.encouraged().filter(person__in=Person.objects.of_user(user).order_by().values("pk"))
    rows = own.select_related("referred_by_group", "in_hands_of", "race").defer("referred_by_group__position")
    return rows.order_by("-confirmed_at", "-pk")


def seeking_panel(user: User, request: HttpRequest) -> SafeString | None:
    """On /me/: what somebody thinks of running for; nothing for all others."""
    found = list(own_seeking(user))
    return render_to_string("endorsements/seekers/own_panel.html", {"found": found}) if found else None


def referral_ways(group: Group, user: User) -> list[Way]:
    """On a group's dashboard: the way to its referrals, for those who may refer."""
    if not can_refer(user, group):
        return []
    address = reverse("group_referrals", args=[group.slug])
    return [Way(_("Refer somebody to run"), address, _("For public or party office. They alone say yes."))]


def register_seeker_data() -> None:
    """Called once, when the app is ready."""
    register_export_section("running_for_office", _seeking, covers=["endorsements.officeseeker"])
    register_export_section("running_for_office_follow_ups", _follow_ups)


def _seeking(person: Person) -> Iterable[Row]:
    """Those that were confirmed, and those that wait for it under an address of the person."""
    addresses = list(person.emails.values_list("address", flat=True))
    waiting = Q(stage=SeekerStage.UNCONFIRMED, email__in=addresses)
    found = OfficeSeeker.objects.filter(Q(person=person) | waiting).select_related("referred_by_group", "race")
    columns = (
        "at", "confirmed_at", "name", "email", "language", "state", "level", "office", "words", "stage",
        "follow_up_on", "tells_group",
    )  # fmt: skip
    for seeker in found.defer("referred_by_group__position").order_by("at", "pk"):
        yield {
            **{name: getattr(seeker, name) for name in columns},
            "zip_code": seeker.zip_code_id,
            "race": str(seeker.race) if seeker.race else None,
            "referred_by_group": seeker.referred_by_group.name if seeker.referred_by_group else None,
        }


def _follow_ups(person: Person) -> Iterable[Row]:
    """What staff wrote down. Who did is their own affair."""
    notes = SeekerFollowUp.objects.filter(seeker__person=person).order_by("at", "pk")
    return notes.values("at", "text")


@receiver(person_erased, dispatch_uid="endorsements.seeker_data.forget")
def forget_seeking_of(*, person: Person | None, addresses: Collection[str], **rest: object) -> None:
    """What the person said goes, and what was typed under their addresses."""
    own = Q(stage=SeekerStage.UNCONFIRMED, email__in=addresses)
    if person is not None:
        own |= Q(person=person)
    let_go(OfficeSeeker.objects.filter(own))
