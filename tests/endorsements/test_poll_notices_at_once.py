"""Several workers at the same notices: nobody is told twice, nobody is left out."""

import datetime

import pytest
from django.db import transaction
from django.utils import timezone

from endorsements import poll_notices
from endorsements.member_votes import queue_waiting_links
from endorsements.models import PollNotice
from endorsements.poll_notices import make_due_reminders, queue_waiting_notices
from foundation.mail.models import OutgoingMail
from tests.at_once import at_once
from tests.factories import make_contact

from .asking_members import make_member, make_member_vote
from .polling import groups_of, make_open_poll

pytestmark = pytest.mark.django_db(transaction=True)


def test_four_workers_tell_each_contact_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(poll_notices, "BATCH", 2)
    poll = make_open_poll(groups=9)
    contacts = [make_contact(group) for group in groups_of(poll)]
    now = timezone.now()
    assert at_once(*[lambda: queue_waiting_notices(now=now)] * 4) == []
    queue_waiting_notices(now=now)  # where all of them left a notice to each other
    told = OutgoingMail.objects.filter(purpose="poll opened").values_list("to_email", flat=True)
    assert sorted(told) == sorted(contact.email for contact in contacts)
    assert PollNotice.objects.get().recipients == 9


def test_two_sweeps_make_one_reminder() -> None:
    poll = make_open_poll()
    due = poll.closes_at - datetime.timedelta(hours=1)
    assert at_once(*[lambda: make_due_reminders(now=due)] * 3) == []
    assert PollNotice.objects.exclude(kind="opened").count() == 1


def test_a_notice_that_another_worker_holds_is_left_to_it() -> None:
    poll = make_open_poll()
    make_contact(groups_of(poll)[0])
    with transaction.atomic():
        PollNotice.objects.select_for_update().get()
        queued: list[int] = []
        assert at_once(lambda: queued.append(queue_waiting_notices(now=timezone.now()))) == []
    assert queued == [0]
    assert queue_waiting_notices(now=timezone.now()) == 1


def test_several_workers_mail_each_member_one_link() -> None:
    poll = make_open_poll()
    group = groups_of(poll)[0]
    for number in range(7):
        make_member(group, f"Member {number}")
    make_member_vote(poll, group)
    assert at_once(*[lambda: queue_waiting_links(now=timezone.now())] * 3) == []
    assert OutgoingMail.objects.filter(purpose="member vote").count() == 7
