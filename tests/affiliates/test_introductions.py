"""Whoever joined near no group is told when one starts, once, and nothing is shared by it."""

import pytest
from django.test import Client
from django.utils import timezone

from affiliates import introductions
from affiliates.introductions import introduce_group
from affiliates.jobs import introduce_new_groups
from affiliates.listing import list_group
from affiliates.models import Group, Introduction, PlaceWatch, RosterEntry, SignUp
from affiliates.watches import tell_watchers
from foundation.mail.models import OutgoingMail, SuppressionReason
from foundation.mail.suppression import suppress
from foundation.places.search import find_place
from members.consent import withdraw_consent
from members.models import Consent, ConsentPurpose, Person
from tests.factories import make_group, make_user

from .signing_up import confirm, post

pytestmark = pytest.mark.django_db
NEWS = {"consent_network_mail": "on"}


def join_near_nobody(client: Client, email: str = "ada@example.org", place: str = "59301") -> Person:
    done = confirm(client, post(client, "/join/", email=email, place=place, **NEWS))
    assert done.is_near_no_group
    OutgoingMail.objects.all().delete()
    assert done.person is not None
    return done.person


def new_group(near: str = "59301") -> Group:
    group = make_group("Badlands", near=near, status="forming", watchers_told_at=None, introduced_at=None)
    list_group(group=group, actor=make_user(), now=timezone.now())
    tell_watchers(group_id=group.pk, now=timezone.now())
    return group


def introduce(group: Group) -> int:
    return introduce_group(group_id=group.pk, now=timezone.now())


def test_a_new_group_is_introduced_once_and_hears_of_nobody(client: Client) -> None:
    person = join_near_nobody(client)
    group = new_group()
    assert (introduce(group), introduce(group)) == (1, 0)
    mail = OutgoingMail.objects.get()
    assert f"/groups/{group.slug}/join/" in mail.text
    assert mail.scope == "network"
    assert Introduction.objects.get().person == person
    assert not RosterEntry.objects.exists()
    assert not Consent.objects.filter(scope=group.scope).exists()


def test_a_second_group_is_introduced_too(client: Client) -> None:
    join_near_nobody(client)
    assert [introduce(new_group()), introduce(new_group())] == [1, 1]


def test_who_lives_beyond_fifty_miles_is_not_told(client: Client) -> None:
    join_near_nobody(client)
    assert introduce(new_group(near="59101")) == 0


def test_who_joined_near_a_group_is_not_told_of_others(client: Client) -> None:
    first = make_group(near="59301")
    done = confirm(client, post(client, "/join/", place="59301", shown=str(first.pk), **NEWS))
    assert not done.is_near_no_group
    assert introduce(new_group()) == 0


def test_who_does_not_want_mail_or_takes_it_back_is_not_told(client: Client) -> None:
    withdrawn = join_near_nobody(client)
    withdraw_consent(person=withdrawn, purpose=ConsentPurpose.NETWORK_MAIL, source="me", now=timezone.now())
    join_near_nobody(client, email="bounced@example.org")
    suppress(address="bounced@example.org", scope="", reason=SuppressionReason.BOUNCED)
    confirm(client, post(client, "/join/", email="silent@example.org", place="59301"))
    OutgoingMail.objects.all().delete()
    assert introduce(new_group()) == 0
    assert not OutgoingMail.objects.exists()


def test_who_was_told_as_a_watcher_gets_no_second_mail(client: Client) -> None:
    join_near_nobody(client)
    place = find_place("59301")
    PlaceWatch.objects.create(
        email="ada@example.org", place_label=place.label, latitude=place.latitude, longitude=place.longitude,
        confirmed_at=timezone.now(),
    )  # fmt: skip
    assert introduce(new_group()) == 0
    assert [mail.purpose for mail in OutgoingMail.objects.all()] == ["group started"]


def test_who_is_on_its_roster_already_is_not_told(client: Client) -> None:
    join_near_nobody(client)
    group = new_group()
    confirm(client, post(client, f"/groups/{group.slug}/join/"))
    assert introduce(group) == 0


def test_batches_reach_everybody(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(introductions, "BATCH", 2)
    for number in range(5):
        join_near_nobody(client, email=f"ada{number}@example.org")
    assert introduce(new_group()) == 5
    assert OutgoingMail.objects.values("to_email").distinct().count() == 5


def test_the_sweep_makes_up_for_a_lost_job_and_leaves_groups_alone_that_are_not_listed(client: Client) -> None:
    join_near_nobody(client)
    group = new_group()
    make_group(near="59301", status="forming", introduced_at=None)
    introduce_new_groups()
    introduce_new_groups()
    assert Introduction.objects.get().group == group
    group.refresh_from_db()
    assert group.introduced_at is not None


def test_a_group_joiner_is_near_a_group_by_what_they_say(client: Client) -> None:
    group = make_group()
    confirm(client, post(client, f"/groups/{group.slug}/join/", place="59301"))
    assert not SignUp.objects.get().is_near_no_group
