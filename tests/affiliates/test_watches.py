"""People near no group ask to be told, confirm by mail, and are told once."""

import re

import pytest
from django.core import signing
from django.db import IntegrityError
from django.test import Client
from django.utils import timezone

from affiliates.jobs import tell_waiting_watchers
from affiliates.listing import ListingError, list_group, unlist_group
from affiliates.models import Group, GroupStatus, PlaceWatch
from affiliates.watches import tell_watchers
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from tests.factories import make_group, make_user

pytestmark = pytest.mark.django_db

ASK = {"place": "Miles City, MT", "email": "Ada@Example.org"}


def ask_and_get_link(client: Client) -> str:
    client.post("/groups/tell-me/", ASK)
    mail = OutgoingMail.objects.latest("pk")
    assert mail.to_email == "ada@example.org"
    found = re.search(r"/groups/tell-me/[^/\s]+/", mail.text)
    assert found
    return found[0]


def test_asking_sends_a_link_and_opening_it_changes_nothing(client: Client) -> None:
    link = ask_and_get_link(client)
    assert client.get(link).status_code == 200
    assert client.head(link).status_code == 200
    assert PlaceWatch.objects.get().confirmed_at is None
    assert "ada@example.org" not in link


def test_pressing_the_button_confirms_and_pressing_again_changes_nothing(client: Client) -> None:
    link = ask_and_get_link(client)
    client.post(link, {"do": "confirm"})
    first = PlaceWatch.objects.get().confirmed_at
    client.post(link, {"do": "confirm"})
    assert first is not None
    assert PlaceWatch.objects.get().confirmed_at == first


def test_forgetting_deletes_the_address(client: Client) -> None:
    link = ask_and_get_link(client)
    client.post(link, {"do": "forget"})
    assert not PlaceWatch.objects.exists()
    assert client.get(link).status_code == 404


def test_asking_twice_gets_the_same_answer_and_one_row(client: Client) -> None:
    answers = [client.post("/groups/tell-me/", ASK) for _ in range(2)]
    assert answers[0].headers["Location"] == answers[1].headers["Location"]
    assert PlaceWatch.objects.count() == 1


def test_a_forged_or_cut_link_is_refused_in_words(client: Client) -> None:
    link = ask_and_get_link(client)
    for bad in (link[:-4] + "/", "/groups/tell-me/abc/", f"/groups/tell-me/{signing.dumps(1, salt='other')}/"):
        response = client.get(bad)
        assert response.status_code == 404
        assert "does not work" in response.content.decode()


def test_an_unknown_place_is_refused_with_the_finders_words_and_nothing_is_stored(client: Client) -> None:
    response = client.post("/groups/tell-me/", {**ASK, "place": "00000"})
    assert response.status_code == 422
    assert "00000" in response.content.decode()
    assert not PlaceWatch.objects.exists()


def test_listing_a_group_tells_those_who_confirmed_within_fifty_miles_once(client: Client) -> None:
    client.post(ask_and_get_link(client), {"do": "confirm"})
    far = {**ASK, "place": "Boston, MA", "email": "far@example.org"}
    client.post("/groups/tell-me/", far)
    PlaceWatch.objects.filter(email="far@example.org").update(confirmed_at=timezone.now())
    client.post("/groups/tell-me/", {**ASK, "email": "unconfirmed@example.org"})
    OutgoingMail.objects.all().delete()

    group = make_group("Badlands", near="59301", status=GroupStatus.FORMING, watchers_told_at=None)
    list_group(group=group, actor=make_user(), now=timezone.now())
    assert tell_watchers(group_id=group.pk, now=timezone.now()) == 1
    assert tell_watchers(group_id=group.pk, now=timezone.now()) == 0
    assert [mail.to_email for mail in OutgoingMail.objects.all()] == ["ada@example.org"]
    assert "Badlands" in OutgoingMail.objects.get().text
    assert PlaceWatch.objects.get(email="ada@example.org").told_of == group


def test_the_sweep_tells_watchers_whose_job_was_lost(client: Client) -> None:
    client.post(ask_and_get_link(client), {"do": "confirm"})
    OutgoingMail.objects.all().delete()
    make_group("Badlands", near="59301", watchers_told_at=None)
    tell_waiting_watchers()
    tell_waiting_watchers()
    assert OutgoingMail.objects.count() == 1


def test_listing_is_audited_and_done_once() -> None:
    actor = make_user()
    group = make_group(status=GroupStatus.FORMING)
    list_group(group=group, actor=actor, now=timezone.now())
    list_group(group=group, actor=actor, now=timezone.now())
    assert group.is_listed
    entry = AuditEntry.objects.get(action="listed group")
    assert (entry.actor, entry.subject) == (f"user:{actor.pk}", f"group:{group.pk}")


def test_a_group_without_a_place_cannot_be_listed() -> None:
    group = make_group(status=GroupStatus.FORMING, latitude=None, longitude=None)
    with pytest.raises(ListingError):
        list_group(group=group, actor=None, now=timezone.now())
    with pytest.raises(IntegrityError):
        Group.objects.filter(pk=group.pk).update(status=GroupStatus.LISTED, listed_at=timezone.now())


def test_an_unlisted_group_is_off_the_finder_at_once(client: Client) -> None:
    group = make_group("Leaving")
    unlist_group(group=group, actor=make_user())
    assert "Leaving" not in client.get("/groups/", {"near": "02139"}).content.decode()
    assert AuditEntry.objects.filter(action="unlisted group").count() == 1


def test_one_address_gets_no_more_than_three_such_mails_a_day_and_the_answer_stays_the_same(client: Client) -> None:
    answers = [client.post("/groups/tell-me/", ASK) for _ in range(5)]
    assert {answer.headers["Location"] for answer in answers} == {"/groups/tell-me/sent/"}
    assert OutgoingMail.objects.count() == 3
