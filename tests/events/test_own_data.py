"""What events forget of somebody who is deleted."""

import datetime

import pytest

from events.models import COOL_DOWN, Campaign, EventNotice, HostMessage, NoticeKind, PromotionRecipient
from members.erasure import erase_person
from members.person_export import everything_about
from tests.factories import make_group

from .making import NOW, make_event, make_guest
from .promotions import make_promotion

pytestmark = pytest.mark.django_db


def test_an_address_that_hosts_or_staff_wrote_into_a_message_becomes_illegible() -> None:
    person = make_guest("grace@example.org")
    event = make_event()
    text = "Ask Grace@example.org or disgrace@example.org."
    EventNotice.objects.create(
        event=event, kind=NoticeKind.MESSAGE, sequence=1, subject="Cake", text=text, to_states=["going"], at=NOW
    )
    campaign = Campaign.objects.create(
        slug="cakes", title="Cakes", about="Bake.", kind="meeting", starts_on=NOW.date(), ends_on=NOW.date()
    )
    HostMessage.objects.create(campaign=campaign, subject="Cake", text=text, at=NOW)

    erase_person(person=person, actor=None, now=NOW + datetime.timedelta(days=1))

    legible = "Ask […] or disgrace@example.org."
    assert EventNotice.objects.get().text == legible
    assert HostMessage.objects.get().text == legible


def test_whoever_got_a_promotion_takes_home_which_one() -> None:
    person = make_guest("grace@example.org")
    promotion = make_promotion(make_event(make_group(), title="Soup for all"))
    PromotionRecipient.objects.create(
        promotion=promotion, number=1, person=person, email="grace@example.org", score=3, miles=2.5, chosen_at=NOW,
        cools_until=NOW + COOL_DOWN,
    )  # fmt: skip
    [row] = everything_about(person)["promotions_received"]
    assert {"event": "Soup for all", "miles": 2.5, "chosen_at": NOW}.items() <= dict(row).items()
