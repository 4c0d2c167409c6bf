"""What events forget of somebody who is deleted."""

import datetime

import pytest

from events.models import Campaign, EventNotice, HostMessage, NoticeKind
from members.erasure import erase_person

from .making import NOW, make_event, make_guest

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
