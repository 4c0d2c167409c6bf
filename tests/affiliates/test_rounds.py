"""Rounds of re-signing: who is asked, who is warned when, and who lapses."""

import datetime
import hashlib
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from affiliates import rounds
from affiliates.agreements.steps import (
    AgreementStepError,
    countersign_agreement,
    lapse_agreement,
    record_agreement_elsewhere,
)
from affiliates.models import Agreement, AgreementState, AgreementTemplate, Group, ResigningNotice, ResigningRound
from affiliates.rounds import (
    NOT_YET,
    SIGNED,
    WAITING,
    RoundError,
    asked_of,
    close_round,
    counts_of,
    extend_round,
    groups_of,
    lapse_late,
    open_round,
    open_round_of_today,
    send_notices,
)
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff

from .signing import EVIDENCE, make_in_force, make_shown, make_signed, make_template

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
DUE = NOW + datetime.timedelta(days=60)


def before(days: float) -> datetime.datetime:
    return DUE - datetime.timedelta(days=days)


@pytest.fixture
def staff() -> User:
    return make_staff(StaffTask.AGREEMENTS)


def publish_newer(version: int = 2) -> AgreementTemplate:
    texts = make_template().texts
    return AgreementTemplate.objects.create(
        version=version, state="published", texts=texts, published_at=NOW,
        sha256=hashlib.sha256(str(version).encode()).hexdigest(),
    )  # fmt: skip


def make_affiliate(name: str = "", email: str = "") -> Group:
    """A group with the version of today in force, and one contact."""
    group = make_group(name)
    make_contact(group, email)
    make_in_force(group)
    return group


def begin(staff: User, **more: Any) -> ResigningRound:
    publish_newer()
    return open_round(**{"due_at": DUE, "note": "The part on money is new.", "actor": staff, "now": NOW, **more})


def standings(asked: ResigningRound) -> dict[str, str]:
    return dict(groups_of(asked).values_list("name", "standing"))


def written_to(email: str) -> list[str]:
    mails = OutgoingMail.objects.filter(to_email=email, purpose="re-signing round").order_by("pk")
    return [mail.subject for mail in mails]


# --- opening --------------------------------------------------------------------------------------------------


def test_a_round_asks_for_the_newest_version(staff: User) -> None:
    asked = begin(staff)
    assert (asked.template.version, asked.due_at, asked.opened_by) == (2, DUE, staff)
    assert open_round_of_today() == asked


def test_there_is_no_round_without_a_version(staff: User) -> None:
    with pytest.raises(RoundError, match="No version"):
        open_round(due_at=DUE, note="", actor=staff, now=NOW)


def test_the_date_is_at_least_thirty_days_away(staff: User) -> None:
    with pytest.raises(RoundError, match="at least 30 days"):
        begin(staff, due_at=NOW + datetime.timedelta(days=29, hours=23))
    assert open_round(due_at=NOW + datetime.timedelta(days=30), note="", actor=staff, now=NOW)


def test_there_is_one_round_at_a_time(staff: User) -> None:
    asked = begin(staff)
    publish_newer(3)
    with pytest.raises(RoundError, match="under way"):
        open_round(due_at=DUE, note="", actor=staff, now=NOW)
    with pytest.raises(IntegrityError, match="resigninground_one_open"), transaction.atomic():
        ResigningRound.objects.create(template=AgreementTemplate.objects.get(version=3), opened_at=NOW, due_at=DUE)
    close_round(asked=asked, actor=staff, now=NOW)
    assert open_round(due_at=DUE, note="", actor=staff, now=NOW).template.version == 3


def test_a_version_has_one_round(staff: User) -> None:
    close_round(asked=begin(staff), actor=staff, now=NOW)
    with pytest.raises(RoundError, match="had its round"):
        open_round(due_at=DUE, note="", actor=staff, now=NOW)


def test_the_database_refuses_a_date_before_the_opening(staff: User) -> None:
    asked = begin(staff)
    with pytest.raises(IntegrityError, match="resigninground_due_later"), transaction.atomic():
        ResigningRound.objects.filter(pk=asked.pk).update(due_at=NOW)


def test_the_database_refuses_a_notice_twice(staff: User) -> None:
    asked, group = begin(staff), make_group()
    for days in (None, 30):
        ResigningNotice.objects.create(round=asked, group=group, days=days, at=NOW)
        with pytest.raises(IntegrityError, match="resigningnotice_once"), transaction.atomic():
            ResigningNotice.objects.create(round=asked, group=group, days=days, at=NOW)


# --- where the groups stand -----------------------------------------------------------------------------------


def test_each_group_stands_where_it_stands(staff: User) -> None:
    for name in ("Not yet", "Waiting", "Signed", "Begun"):
        make_affiliate(name)
    elsewhere = make_group("Elsewhere")
    record_agreement_elsewhere(group=elsewhere, signed_name="Bea", signed_at=None, actor=staff, now=NOW)
    make_group("No agreement")
    asked = begin(staff)
    make_signed(Group.objects.get(name="Waiting"))
    make_in_force(Group.objects.get(name="Signed"))
    make_shown(Group.objects.get(name="Begun"))
    assert standings(asked) == {
        "Not yet": NOT_YET, "Waiting": WAITING, "Signed": SIGNED, "Begun": NOT_YET, "Elsewhere": NOT_YET,
    }  # fmt: skip
    assert counts_of(asked) == {SIGNED: 1, WAITING: 1, NOT_YET: 3, "lapsed": 0}
    assert asked_of(elsewhere) == asked
    assert asked_of(Group.objects.get(name="Signed")) is None
    assert asked_of(Group.objects.get(name="No agreement")) is None


def test_a_version_newer_than_the_rounds_counts_as_signed(staff: User) -> None:
    make_affiliate("Ahead")
    asked = begin(staff)
    publish_newer(3)
    make_in_force(Group.objects.get(name="Ahead"))
    assert standings(asked) == {"Ahead": SIGNED}


# --- notices --------------------------------------------------------------------------------------------------


def test_a_group_is_told_at_the_opening_and_warned_four_times(staff: User) -> None:
    make_affiliate("Plenty", "ada@example.org")
    begin(staff)
    sent = {}
    for days in (60, 59, 30.1, 30, 29, 14, 13, 7, 6, 1, 0.5, 0):
        sent[days] = (send_notices(now=before(days)), send_notices(now=before(days)))
    assert {days for days, (first, _again) in sent.items() if first} == {60, 30, 14, 7, 1}
    assert {again for _first, again in sent.values()} == {0}
    subjects = written_to("ada@example.org")
    assert [subject.split(":")[0] for subject in subjects] == [
        "Please sign the new agreement for Plenty", "30 days left", "14 days left", "7 days left", "1 day left",
    ]  # fmt: skip


def test_the_notice_says_what_is_new_until_when_and_where_to_sign(staff: User) -> None:
    group = make_affiliate("Plenty", "ada@example.org")
    begin(staff)
    send_notices(now=NOW)
    text = OutgoingMail.objects.get(purpose="re-signing round").text
    assert "The part on money is new." in text
    assert "July 31, 2026" in text
    assert f"/organize/groups/{group.slug}/agreement/" in text


def test_all_contacts_are_told_and_organizers_not(staff: User) -> None:
    group = make_affiliate("Plenty", "ada@example.org")
    make_contact(group, "bea@example.org")
    make_contact(group, "cy@example.org", role="organizer")
    begin(staff)
    assert send_notices(now=NOW) == 1
    assert [len(written_to(f"{name}@example.org")) for name in ("ada", "bea", "cy")] == [1, 1, 0]


def test_of_the_warnings_that_were_missed_only_the_last_is_sent(staff: User) -> None:
    make_affiliate("Plenty", "ada@example.org")
    begin(staff)
    send_notices(now=NOW)
    send_notices(now=before(6))
    assert [subject.split(":")[0] for subject in written_to("ada@example.org")][1:] == ["6 days left"]


def test_a_round_of_thirty_days_does_not_write_twice_at_the_opening(staff: User) -> None:
    make_affiliate("Plenty", "ada@example.org")
    begin(staff, due_at=NOW + datetime.timedelta(days=30))
    for minutes in range(3):
        send_notices(now=NOW + datetime.timedelta(minutes=minutes))
    assert len(written_to("ada@example.org")) == 1


def test_whoever_has_signed_is_not_warned(staff: User) -> None:
    make_affiliate("Plenty", "ada@example.org")
    begin(staff)
    make_signed(Group.objects.get())
    assert send_notices(now=NOW) == 0


# --- extending and closing ------------------------------------------------------------------------------------


def test_the_date_is_made_later_and_the_warnings_come_anew(staff: User) -> None:
    make_affiliate("Plenty", "ada@example.org")
    asked = begin(staff)
    for days in (60, 7):
        send_notices(now=before(days))
    extend_round(asked=asked, due_at=DUE + datetime.timedelta(days=10), actor=staff, now=before(6))
    assert asked.due_at == DUE + datetime.timedelta(days=10)
    # At once, since the date they know is not the date any more; then 14 and 7 days before the new one.
    assert [send_notices(now=before(days)) for days in (6, 5, 4, 3, -3, -4)] == [1, 0, 1, 0, 1, 0]
    assert [subject.split(":")[0] for subject in written_to("ada@example.org")][2:] == [
        "16 days left", "14 days left", "7 days left",
    ]  # fmt: skip


def test_the_date_is_never_made_earlier(staff: User) -> None:
    asked = begin(staff)
    for due_at in (DUE, before(1)):
        with pytest.raises(RoundError, match="only be made later"):
            extend_round(asked=asked, due_at=due_at, actor=staff, now=NOW)


def test_a_closed_round_warns_nobody_and_nobody_lapses(staff: User) -> None:
    group = make_affiliate("Plenty", "ada@example.org")
    asked = begin(staff)
    send_notices(now=NOW)
    close_round(asked=asked, actor=staff, now=NOW)
    assert send_notices(now=before(1)) == lapse_late(now=before(-1)) == 0
    with pytest.raises(RoundError, match="is closed"):
        close_round(asked=asked, actor=staff, now=NOW)
    with pytest.raises(RoundError, match="is closed"):
        extend_round(asked=asked, due_at=before(-9), actor=staff, now=NOW)
    group.refresh_from_db()
    assert group.is_listed


# --- lapse ----------------------------------------------------------------------------------------------------


def test_whoever_lets_the_date_pass_lapses_and_the_round_closes(staff: User) -> None:
    late, signed = make_affiliate("Late", "ada@example.org"), make_affiliate("Signed")
    asked = begin(staff)
    send_notices(now=NOW)
    make_in_force(signed)
    assert lapse_late(now=before(0.01)) == 0
    assert lapse_late(now=DUE) == 1
    assert lapse_late(now=DUE) == 0
    for row in (late, signed, asked):
        row.refresh_from_db()
    assert (late.is_listed, signed.is_listed) == (False, True)
    assert late.agreements.get().state == AgreementState.LAPSED
    assert asked.closed_at == DUE
    assert counts_of(asked) == {SIGNED: 1, WAITING: 0, NOT_YET: 0, "lapsed": 1}


def test_a_group_whose_contact_has_signed_does_not_lapse_while_national_has_it(staff: User) -> None:
    group = make_affiliate("Waiting")
    asked = begin(staff)
    send_notices(now=NOW)
    signed = make_signed(group)
    assert lapse_late(now=before(-5)) == 0
    asked.refresh_from_db()
    assert asked.closed_at is None
    countersign_agreement(agreement=signed, evidence=EVIDENCE, actor=staff, now=before(-6))
    assert lapse_late(now=before(-7)) == 0
    asked.refresh_from_db()
    assert asked.closed_at == before(-7)


def test_nobody_lapses_sooner_than_thirty_days_after_having_been_told(staff: User) -> None:
    group = make_affiliate("Late")
    begin(staff)
    send_notices(now=before(10))  # no sweep ran until then
    assert lapse_late(now=DUE) == 0
    assert lapse_late(now=before(-20)) == 1
    group.refresh_from_db()
    assert not group.is_listed


def test_one_group_that_cannot_lapse_does_not_keep_the_others(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = make_affiliate("One"), make_affiliate("Other")
    begin(staff)
    send_notices(now=NOW)

    def ended_a_moment_ago(*, agreement: Agreement, now: datetime.datetime) -> bool:
        if agreement.group_id == one.pk:
            raise AgreementStepError("gone on")
        return lapse_agreement(agreement=agreement, now=now)

    monkeypatch.setattr(rounds, "lapse_agreement", ended_a_moment_ago)
    assert lapse_late(now=DUE) == 1
    other.refresh_from_db()
    assert not other.is_listed
