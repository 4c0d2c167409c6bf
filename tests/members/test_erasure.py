"""Being deleted: nothing is left but keyed hashes, and only the person themselves can come back."""

import datetime
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.db import connection, transaction
from django.test import Client

from affiliates.models import Group, JoinedBy, PlaceWatch, RosterEntry
from foundation.accounts.models import StaffRight, StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.documents.making import make
from foundation.documents.models import Document
from foundation.documents.requesting import request_document
from foundation.imports.models import ImportRowError
from foundation.mail.delivery import deliver_due
from foundation.mail.models import MailState, OutgoingMail, Suppression, SuppressionReason
from foundation.mail.outbox import queue_mail
from foundation.mail.suppression import suppress
from foundation.places.search import find_place
from members import card
from members.consent import give_consent, has_consent
from members.erasure import (
    ErasedError,
    ErasureRefusedError,
    erase_login,
    erase_person,
    erased_key,
    forget_confirmations,
)
from members.membership import record_basis
from members.models import (
    ActivityKind,
    Consent,
    ConsentPurpose,
    Donation,
    DonationSource,
    Erasure,
    Membership,
    Merge,
    Person,
    PersonEmail,
    PersonNote,
    PersonPhone,
    PersonTag,
    Tag,
)
from members.people import Contact, take_in
from members.wordings import present_wording
from tests.accounts.clients import signed_in
from tests.factories import make_group, make_staff, make_user
from tests.imports.making import make_checked_import

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 6, 1, 12, tzinfo=datetime.UTC)
EMAIL, SECOND, PHONE = "zyxcanary@example.org", "other.zyxcanary@example.net", "+16175550123"
GIVEN, FAMILY = "Zyxwella", "Canaryson"
TRACES = ("zyxcanary", "Zyxwella", "Canaryson", "6175550123", "555-0123")


def make_canary() -> Person:
    """Somebody about whom every table of the product holds something."""
    user = make_user(EMAIL, name=f"{GIVEN} {FAMILY}")
    person = take_in(contact=Contact(EMAIL, PHONE, GIVEN, FAMILY, "02139", "en"), is_own_act=True, now=NOW)
    PersonEmail.objects.create(person=person, address=SECOND)
    EmailAddress.objects.create(user=user, email=SECOND, verified=False)
    group = make_group(contact_email=EMAIL)
    staff = make_staff(StaffTask.PEOPLE)
    record_basis(person=person, kind=ActivityKind.ATTENDANCE, source="attendance:1", at=NOW, details={"title": GIVEN})
    Donation.objects.create(
        person=person, source=DonationSource.HAND, line_item="L1", receipt="R1", amount=5, paid_at=NOW, page=FAMILY
    )
    for purpose, scope in ((ConsentPurpose.NETWORK_MAIL, "network"), (ConsentPurpose.SHARING, group.scope)):
        give_consent(
            person=person, purpose=purpose, scope=scope, wording=present_wording(purpose), source="test", now=NOW
        )
    PersonNote.objects.create(person=person, author=staff, text=f"{GIVEN} called from {PHONE}")
    PersonTag.objects.create(person=person, tag=Tag.objects.create(name="singer"), by=staff)
    entry = RosterEntry.objects.create(group=group, person=person, joined_at=NOW, how=JoinedBy.values[0], source="test")
    entry.tags.add(group.roster_tags.create(name="driver"))
    entry.notes.create(author=staff, at=NOW, text=f"{GIVEN} brings soup")
    write_to_roster(group, user)
    leave_traces(person, user, staff)
    return person


def write_to_roster(group: Group, user: User) -> None:
    """The canary's message, and a note about somebody else that names the canary."""
    group.messages.create(subject="Saturday", text=f"Answer {EMAIL} or {PHONE}.", reply_to=EMAIL, sent_by=user, at=NOW)
    other = RosterEntry.objects.create(
        group=group, person=Person.objects.create(), joined_at=NOW, how=JoinedBy.values[0], source="test"
    )
    other.notes.create(author=user, at=NOW, text=f"Ask {EMAIL.upper()}, {PHONE}.")


def leave_traces(person: Person, user: User, staff: User) -> None:
    """What no foreign key leads to."""
    place = find_place("02139")
    PlaceWatch.objects.create(email=EMAIL, place_label=place.label, latitude=place.latitude, longitude=place.longitude)
    queue_mail(to=EMAIL, to_name=GIVEN, subject=f"Dear {GIVEN}", text=f"Hello {GIVEN}", purpose="test", scope="network")
    queue_mail(
        to="group@example.org", subject="Somebody wrote", text=f"{GIVEN} <{EMAIL}> wrote", reply_to=EMAIL,
        purpose="contact form", scope="network",
    )  # fmt: skip
    suppress(address=SECOND, scope="promotions", reason=SuppressionReason.UNSUBSCRIBED, now=NOW)
    job = make_checked_import(staff)
    ImportRowError.objects.create(job=job, line=999, reason=f"{EMAIL} is there twice", raw=f"{GIVEN},{EMAIL}")
    LogEntry.objects.create(
        user=staff, action_flag=CHANGE, object_repr=f"{GIVEN} {FAMILY}", object_id=str(person.pk),
        content_type=ContentType.objects.get_for_model(Person), change_message=json.dumps([{"changed": EMAIL}]),
    )  # fmt: skip
    document = request_document(kind=card.CARD, subject=card.subject_of(person), actor=user, now=NOW)
    make(document_id=document.pk, worker="test")
    # A person who was once taken for the canary's double: what would undo it holds the canary's address.
    gone, kept = Person.objects.create(given_name=GIVEN), Person.objects.create()
    PersonNote.objects.create(person=gone, author=staff, text="x")
    Merge.objects.create(
        kept=kept, gone_id=gone.pk, merged_by=staff, merged_at=NOW, undo_until=NOW, undo={"gone": {"email": EMAIL}}
    )
    gone.delete()


def columns() -> Iterator[tuple[str, str]]:
    """Every column of text, JSON, bytes or an array of text in the database, by table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name FROM information_schema.columns c JOIN information_schema.tables t "
            "USING (table_schema, table_name) WHERE table_schema = 'public' AND table_type = 'BASE TABLE' "
            "AND (data_type IN ('text', 'character varying', 'jsonb', 'json', 'bytea', 'ARRAY', 'USER-DEFINED')) "
            "AND NOT table_name LIKE 'places_%%' ORDER BY 1, 2"
        )
        yield from cursor.fetchall()


def found_in_database() -> list[str]:
    """Where in the whole database something of the canary stands."""
    places = []
    with connection.cursor() as cursor:
        for table, column in columns():
            for trace in TRACES:
                cursor.execute(f'SELECT count(*) FROM "{table}" WHERE "{column}"::text ILIKE %s', [f"%{trace}%"])
                if cursor.fetchone()[0]:
                    places.append(f"{table}.{column}: {trace}")
    return places


def sessions_that_tell() -> int:
    """Sessions are signed and packed: they have to be opened to be searched."""
    return sum(any(trace in json.dumps(s.get_decoded()) for trace in TRACES) for s in Session.objects.all())


def test_after_an_erasure_nothing_of_the_person_stands_in_any_table_or_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    person = make_canary()
    user = person.user
    assert user is not None
    client, elsewhere = signed_in(user), signed_in(user)
    before = {place.partition(":")[0] for place in found_in_database()}
    assert {
        "accounts_user.email", "account_emailaddress.email", "members_person.given_name", "members_personphone.number",
        "members_activity.details", "members_donation.page", "members_personnote.text", "members_merge.undo",
        "mail_outgoingmail.text", "mail_outgoingmail.reply_to", "mail_suppression.address",
        "affiliates_group.contact_email",
        "affiliates_placewatch.email", "imports_importrowerror.raw", "django_admin_log.change_message",
    } <= before  # fmt: skip
    assert sessions_that_tell() == 2
    caplog.clear()

    answer = client.post("/me/delete/", {"is_sure": "on"})
    assert answer.headers["Location"] == "/deleted/"
    assert elsewhere.get("/me/").status_code == 302  # signed out everywhere

    told = OutgoingMail.objects.get(to_email=EMAIL)  # the last mail, and nothing else
    assert {place.partition(".")[0] for place in found_in_database()} == {"mail_outgoingmail"}
    deliver_due(worker="test")
    told.refresh_from_db()
    assert told.state == MailState.SENT
    forget_confirmations()

    assert found_in_database() == []
    assert sessions_that_tell() == 0
    assert not [trace for trace in TRACES if trace in caplog.text]
    assert Erasure.objects.count() == 3
    assert not Document.objects.exists()  # a PDF is packed: nothing could be searched in it
    assert not Membership.objects.filter(person_id=person.pk).exists()


def test_what_was_queued_is_not_sent_any_more_and_the_counts_stay() -> None:
    person = make_canary()
    erase_person(person=person, actor=make_staff(), now=NOW)
    states = list(OutgoingMail.objects.exclude(purpose="erasure confirmation").values_list("state", flat=True))
    assert states == [MailState.SUPPRESSED] * 2
    assert not Suppression.objects.exists()


def test_an_import_cannot_bring_the_person_back_and_they_themselves_can() -> None:
    erase_person(person=make_canary(), actor=make_staff(), now=NOW)
    for contact in (Contact(email=EMAIL), Contact(email=SECOND), Contact(phone=PHONE)):
        with pytest.raises(ErasedError), transaction.atomic():
            take_in(contact=contact, is_own_act=False, now=NOW)
    person = take_in(contact=Contact(email=EMAIL, given_name="Zyx"), is_own_act=True, now=NOW)
    assert person.given_name == "Zyx"
    assert not Consent.objects.filter(person=person).exists()
    assert take_in(contact=Contact(email=EMAIL), is_own_act=False, now=NOW) == person
    assert Erasure.objects.count() == 2


def test_the_deleted_number_of_somebody_who_came_back_keeps_nothing_of_theirs_out() -> None:
    erase_person(person=make_canary(), actor=make_staff(), now=NOW)
    back = take_in(contact=Contact(email=EMAIL), is_own_act=True, now=NOW)
    assert take_in(contact=Contact(email=EMAIL, phone=PHONE), is_own_act=False, now=NOW) == back
    assert not back.phones.exists()
    with pytest.raises(ErasedError), transaction.atomic():
        take_in(contact=Contact(phone=PHONE), is_own_act=False, now=NOW)


def test_the_hash_is_keyed(settings: Any) -> None:
    before = erased_key(EMAIL)
    settings.ERASURE_KEY = "another"
    assert erased_key(EMAIL) != before


def test_the_audit_log_says_that_somebody_was_deleted_and_not_who() -> None:
    person = make_canary()
    key = person.pk
    erase_person(person=person, actor=make_staff(), now=NOW)
    entries = AuditEntry.objects.filter(action__startswith="erased").order_by("pk")
    assert [entry.action for entry in entries] == ["erased person", "erased login"]
    assert entries[0].subject == f"person:{key}"
    assert entries[0].details == {}


def test_staff_cannot_be_deleted_while_they_are_staff() -> None:
    staff = make_staff(StaffTask.PEOPLE, email=EMAIL)
    person = take_in(contact=Contact(email=EMAIL), is_own_act=True, now=NOW)
    with pytest.raises(ErasureRefusedError):
        erase_person(person=person, actor=staff, now=NOW)
    page = signed_in(staff, second_factor=True).post("/me/delete/", {"is_sure": "on"})
    assert page.status_code == 422
    assert "Ask a superuser to end your rights first." in page.content.decode()
    assert Person.objects.filter(pk=person.pk).exists()


def test_whoever_once_granted_rights_can_go_and_the_rights_stay() -> None:
    former = make_user(EMAIL)
    right = StaffRight.objects.create(user=make_staff(), task=StaffTask.PEOPLE, granted_by=former)
    erase_login(user=former, actor=former, now=NOW)
    right.refresh_from_db()
    assert right.granted_by is None


def test_a_user_of_whom_nothing_else_is_known_can_go_too() -> None:
    user = make_user(EMAIL)
    answer = signed_in(user).post("/me/delete/", {"is_sure": "on"})
    assert answer.headers["Location"] == "/deleted/"
    assert not User.objects.filter(email=EMAIL).exists()
    assert Erasure.objects.filter(key=erased_key(EMAIL)).exists()


def test_a_person_without_a_login_is_deleted_by_staff_and_told() -> None:
    person = take_in(contact=Contact(email=EMAIL, language="es"), is_own_act=False, now=NOW)
    erase_person(person=person, actor=make_staff(StaffTask.PEOPLE), now=NOW)
    told = OutgoingMail.objects.get()
    assert (told.to_email, told.language, told.purpose) == (EMAIL, "es", "erasure confirmation")


def test_two_people_of_one_login_go_together() -> None:
    user = make_user(EMAIL)
    EmailAddress.objects.create(user=user, email=SECOND, verified=True)
    one = take_in(contact=Contact(email=EMAIL), is_own_act=True, now=NOW)
    other = Person.objects.create()
    PersonEmail.objects.create(person=other, address=SECOND)
    erase_person(person=one, actor=user, now=NOW)
    assert not Person.objects.exists()


def test_deletion_takes_a_tick_and_a_fresh_sign_in() -> None:
    user = make_user(EMAIL)
    assert signed_in(user).post("/me/delete/").status_code == 422
    stale = Client()
    stale.force_login(user)
    assert stale.post("/me/delete/", {"is_sure": "on"}).headers["Location"].startswith("/accounts/again/?next=")
    assert User.objects.filter(email=EMAIL).exists()


def test_other_people_lose_nothing() -> None:
    other = take_in(contact=Contact(email="other@example.org", phone="+16175550199"), is_own_act=True, now=NOW)
    record_basis(person=other, kind=ActivityKind.ATTENDANCE, source="attendance:9", at=NOW)
    give_consent(
        person=other, purpose=ConsentPurpose.NETWORK_MAIL, wording=present_wording(ConsentPurpose.NETWORK_MAIL),
        source="test", now=NOW,
    )  # fmt: skip
    erase_person(person=make_canary(), actor=make_staff(), now=NOW)
    assert has_consent(other, ConsentPurpose.NETWORK_MAIL)
    assert Membership.objects.filter(person=other).exists()
    assert PersonPhone.objects.filter(person=other).exists()


def test_a_mail_about_somebody_whose_address_only_looks_alike_is_still_sent() -> None:
    for like in (f"jo{EMAIL}", f"{EMAIL}.uk", f"jo.{EMAIL}"):
        queue_mail(to="group@example.org", subject="News", text=f"Write to {like}.", purpose="test", scope="network")
    about = queue_mail(to="group@example.org", subject="News", text=f"Ask {EMAIL}.", purpose="test", scope="network")
    erase_person(person=take_in(contact=Contact(email=EMAIL), is_own_act=True, now=NOW), actor=make_staff(), now=NOW)
    assert OutgoingMail.objects.filter(to_email="group@example.org", state=MailState.QUEUED).count() == 3
    about.refresh_from_db()
    assert (about.state, about.text) == (MailState.SUPPRESSED, "")


def test_without_the_word_of_erasure_the_ledger_lets_nothing_go() -> None:
    """The control: a deletion elsewhere is refused by the database."""
    person = make_canary()
    with pytest.raises(Exception, match="append-only"), transaction.atomic():
        person.delete()
