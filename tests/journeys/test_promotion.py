"""A group asks, staff approve, workers send, somebody nearby comes: from the request to the counted results."""

import datetime
import re
import threading
from collections import Counter
from collections.abc import Iterator
from email.message import EmailMessage
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from affiliates.models import Group
from events.models import Event, Promotion, PromotionState, Rsvp
from events.promotion_jobs import finish_sent_promotions, launch_waiting_promotions
from foundation.accounts.models import StaffTask
from foundation.mail.delivery import deliver_until_idle
from tests.accounts.mails import latest_mail
from tests.browser import NewContext
from tests.events.audiences import make_readers
from tests.events.making import make_event
from tests.factories import make_contact, make_group, make_staff
from tests.mail.conftest import smtp_mailers
from tests.mail.sink import Sink, running_sink

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
READERS = 36


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """A mail server that keeps what it gets."""
    with running_sink() as (sink, port):
        settings.MAILERS = smtp_mailers(port)
        yield sink


def noon() -> str:
    """A zone whose clocks show noon, whenever the test runs: there mails may go out."""
    ahead = 12 - timezone.now().hour
    return f"Etc/GMT{-ahead:+d}" if ahead else "Etc/GMT"


def make_promotable(group: Group, *, hours: int, **fields: Any) -> Event:
    starts_at = timezone.now() + datetime.timedelta(hours=hours)
    return make_event(group, now=timezone.now(), starts_at=starts_at, time_zone=noon(), **fields)


def send_with_two_workers() -> None:
    """What two worker processes do, each over a connection of its own."""

    def work(name: str) -> None:
        try:
            deliver_until_idle(worker=name, seconds=30)
        finally:
            connection.close()

    workers = [threading.Thread(target=work, args=[f"worker {number}"]) for number in (1, 2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def link_in(text: str, path: str) -> str:
    """The path of the first link that begins so."""
    found = re.search(rf"https?://[^/\s]+{path}\S*", text)
    assert found, text
    return urlsplit(found[0]).path


def text_of(message: EmailMessage) -> str:
    part = message.get_body(("plain",))
    assert part
    return str(part.get_content())


def ask(page: Page, event: Event, *, subject: str, at_most: str = "4000") -> None:
    """Write the request and look at the mail; it is not sent to national yet."""
    page.goto(f"/organize/events/{event.pk}/")
    page.get_by_role("link", name="Promote it by e-mail").click()
    page.get_by_label("Subject").fill(subject)
    page.get_by_label("Introduction").fill("Come and eat with us.\n\nBring a friend.")
    page.get_by_label("To how many people at most?").fill(at_most)
    page.get_by_role("button", name="Look at the mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is this right?")


def approve_the_oldest(page: Page, subject: str) -> None:
    page.goto("/national/")
    page.get_by_role("link", name="Promotions to approve").click()
    page.get_by_role("link", name="Begin with the oldest").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(subject)
    page.get_by_role("button", name="Approve and send").click()
    expect(page.get_by_text(f"“{subject}” is approved.")).to_be_visible()


def test_a_request_becomes_mails_answers_and_counts(new_context: NewContext, sink: Sink) -> None:
    group = make_group("Table of Plenty")
    event = make_promotable(group, hours=2, title="Soup night")
    readers = make_readers(READERS, active=timezone.now() - datetime.timedelta(days=30))
    make_readers(3, consents=False)
    host = new_context(user=make_contact(group, "host@example.org")).new_page()
    staff = new_context(user=make_staff(StaffTask.PROMOTIONS), viewport={"width": 1280, "height": 900}).new_page()

    # The organizer sees whom it reaches, which follows what is typed, and the mail as people get it.
    host.goto(f"/organize/events/{event.pk}/promotion/")
    expect(host.locator("#estimate")).to_contain_text(f"{READERS} people within 100 miles")
    expect(host.locator("#estimate")).to_contain_text("did not agree to such mails")
    host.get_by_label("To how many people at most?").fill("20")
    expect(host.locator("#estimate")).to_contain_text("20 people within 25 miles")
    ask(host, event, subject="Soup for all in Cambridge")
    framed = host.frame_locator("iframe").first
    expect(framed.get_by_text("Come and eat with us.")).to_be_visible()
    host.get_by_role("button", name="Send a test to me").click()
    expect(host.get_by_text("The test is on its way to host@example.org.")).to_be_visible()
    send_with_two_workers()
    assert sink.recipients == {"host@example.org": 1}
    host.get_by_role("button", name="Send it to national").click()
    expect(host.locator("[aria-current=step]")).to_contain_text("National staff have it before them")

    # Staff approve; it is launched, and goes out to everybody once.
    approve_the_oldest(staff, "Soup for all in Cambridge")
    launch_waiting_promotions()
    host.reload()
    expect(host.locator("[aria-current=step]")).to_contain_text("It is being sent")
    expect(host.locator("progress")).to_have_attribute("value", "0")
    send_with_two_workers()
    expect(host.locator("progress")).to_have_attribute("value", "100")
    finish_sent_promotions()
    send_with_two_workers()
    addresses = {person.emails.get().address for person in readers}
    promoted = [message for message in sink.messages if message["Subject"] == "Soup for all in Cambridge"]
    got = Counter(str(message["To"]).rpartition("<")[2].rstrip(">") for message in promoted)
    assert {address: got[address] for address in addresses} == dict.fromkeys(addresses, 1)
    assert "Promotion sent: Soup night" in [message["Subject"] for message in sink.messages]
    assert Promotion.objects.get().state == PromotionState.SENT

    # One of them opens the link of the mail, answers, confirms, comes.
    mail = next(message for message in promoted if readers[-1].emails.get().address in str(message["To"]))
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    reader = new_context().new_page()
    reader.goto(link_in(text_of(mail), "/events/"))
    address = readers[-1].emails.get().address
    reader.get_by_label("Your name").fill("Grace Hopper")
    reader.get_by_label("E-mail address", exact=True).fill(address)
    reader.get_by_role("button", name="I’m going").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("Check your e-mail")
    reader.goto(link_in(latest_mail(address).text, "/events/answers/"))
    reader.get_by_role("button", name="Yes, confirm").click()
    expect(reader.get_by_role("heading", level=1)).to_have_text("You are going")
    assert Rsvp.objects.get().person == readers[-1]
    host.goto(f"/organize/events/{event.pk}/door/")
    host.locator(".door-line", has_text="Grace").get_by_role("button", name=re.compile("Check in")).click()
    expect(host.locator("[data-count=came]")).to_have_text("1")

    # The results count it, and name nobody.
    host.goto(f"/organize/events/{event.pk}/promotion/")
    expect(host.get_by_role("row", name=re.compile("answered the event"))).to_contain_text("1")
    expect(host.get_by_role("row", name=re.compile("^came [^b]"))).to_contain_text("1")
    expect(host.get_by_role("main")).not_to_contain_text(address)


def test_two_groups_that_ask_for_one_city_share_its_people_by_the_rule(new_context: NewContext, sink: Sink) -> None:
    later_group, earlier_group = make_group("Table of Plenty"), make_group("Friends of Soup")
    later = make_promotable(later_group, hours=9, title="Bread night")
    earlier = make_promotable(earlier_group, hours=5, title="Soup night")
    readers = make_readers(READERS, active=timezone.now() - datetime.timedelta(days=30))
    staff = new_context(user=make_staff(StaffTask.PROMOTIONS), viewport={"width": 1280, "height": 900}).new_page()

    # The later event is asked for and approved first.
    for event, subject in ((later, "Bread for all"), (earlier, "Soup for all")):
        assert event.group
        host = new_context(user=make_contact(event.group)).new_page()
        ask(host, event, subject=subject, at_most="20")
        host.get_by_role("button", name="Send it to national").click()
        expect(host.get_by_text("It is with national staff now.")).to_be_visible()
    approve_the_oldest(staff, "Bread for all")
    expect(staff.get_by_role("heading", level=1)).to_have_text("Soup for all")
    in_order = staff.locator("table tbody th").all_inner_texts()
    assert [subject.split("\n")[0].strip().removesuffix(" this one") for subject in in_order] == [
        "Soup for all", "Bread for all"
    ]  # fmt: skip
    staff.get_by_role("button", name="Approve and send").click()
    expect(staff.get_by_text("No promotion waits for you")).to_be_visible()

    # Launched in the same moment: the earlier event has its twenty, the most active first, the later one the others.
    launch_waiting_promotions()
    send_with_two_workers()
    finish_sent_promotions()
    chosen = {
        promotion.subject: [recipient.person_id for recipient in promotion.recipients.order_by("number")]
        for promotion in Promotion.objects.filter(state=PromotionState.SENT)
    }
    by_activity = [person.pk for person in reversed(readers)]  # the last of them was active last
    assert chosen == {"Soup for all": by_activity[:20], "Bread for all": by_activity[20:]}
    promoted = [message for message in sink.messages if message["Subject"] in chosen]
    assert len(promoted) == READERS
    assert max(Counter(str(message["To"]) for message in promoted).values()) == 1
