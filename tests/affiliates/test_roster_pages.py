"""The roster of a group as its organizers see it, and what they write down there."""

import csv
import datetime
import io
import re
from typing import Any

import pytest
from django.db import IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from affiliates.models import Group, JoinedBy, RosterEntry, RosterNote, RosterTag
from affiliates.roster import REMOVED, who_shares_with
from affiliates.roster_lists import Behind, RosterSelection, WhoIsShown, counts_of, page_of
from affiliates.roster_notes import MOST_TAGS, RosterTagError, put_roster_tag, take_roster_tag
from foundation.accounts.models import User
from foundation.audit.models import AuditEntry
from members.consent import has_consent, withdraw_consent
from members.membership import record_basis
from members.models import ActivityKind, ConsentPurpose, PersonEmail
from tests.factories import make_contact, make_group, make_user
from tests.signing_in import sign_in

from .rosters import NOW, make_entry

pytestmark = pytest.mark.django_db
MAIL_ONLY, SHARING_ONLY = (ConsentPurpose.GROUP_MAIL,), (ConsentPurpose.SHARING,)


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def organizer(group: Group, client: Client) -> User:
    user = make_contact(group, role="organizer")
    sign_in(client, user)
    return user


def people(group: Group, tail: str = "") -> str:
    return f"/organize/groups/{group.slug}/people/{tail}"


def page(client: Client, group: Group, tail: str = "") -> str:
    answer = client.get(people(group, tail))
    assert answer.status_code == 200
    return answer.content.decode()


def names(group: Group, **selection: Any) -> list[str]:
    return [entry.full_name for entry in page_of(group, RosterSelection(**selection)).entries]


# --- who sees what ----------------------------------------------------------------------------------------------


def test_whoever_shares_is_shown_with_all_that_they_agreed_to_share(
    group: Group, organizer: User, client: Client
) -> None:
    entry = make_entry(group, email="ada@example.org", phone="+16175550123")
    record_basis(person=entry.person, kind=ActivityKind.ATTENDANCE, source="a:1", at=NOW, details={"title": "Soup"})
    shown = page(client, group)
    for fact in (
        "Ada Díaz",
        "ada@example.org",
        "+16175550123",
        "02139",
        "June 1, 2026",
        "joined on the group",
        "member",
    ):
        assert fact in shown


def test_of_whoever_does_not_share_nothing_but_when_and_how_is_told(
    group: Group, organizer: User, client: Client
) -> None:
    make_entry(group, "Secret Canary", email="canary@example.org", phone="+16175550199", consents=MAIL_ONLY)
    for tail in ("", "?who=not_sharing", "?who=mail", "?who=no_mail"):
        shown = page(client, group, tail)
        assert not re.search("(?i)canary|secret|5550199|02139", shown), tail
    assert "Someone who joined on June 1, 2026 (joined on the group" in page(client, group, "?who=not_sharing")
    assert counts_of(group) == (1, 0, 1)


@pytest.mark.parametrize("tail", ["", "tags/", "notes/", "remove/"])
def test_the_page_of_whoever_does_not_share_is_not_found(
    group: Group, organizer: User, client: Client, tail: str
) -> None:
    entry = make_entry(group, consents=MAIL_ONLY)
    path = people(group, f"{entry.pk}/{tail}")
    assert client.post(path).status_code == (405 if not tail else 404)
    if tail in {"", "remove/"}:
        assert client.get(path).status_code == 404


def test_consent_taken_back_hides_them_at_once(group: Group, organizer: User, client: Client) -> None:
    entry = make_entry(group, "Ada Díaz")
    withdraw_consent(
        person=entry.person, purpose=ConsentPurpose.SHARING, source="me", now=timezone.now(), scope=group.scope
    )
    assert "Díaz" not in page(client, group)
    assert client.get(people(group, f"{entry.pk}/")).status_code == 404


def test_consent_to_one_group_tells_another_group_nothing(group: Group, organizer: User, client: Client) -> None:
    entry = make_entry(make_group())
    RosterEntry.objects.create(group=group, person=entry.person, joined_at=NOW, how=JoinedBy.EVENT, source="x")
    assert names(group) == []
    assert client.get(people(group, f"{entry.pk}/")).status_code == 404


@pytest.mark.parametrize("status", ["forming", "ended"])
def test_while_no_agreement_is_in_force_the_roster_is_closed_and_says_why(
    group: Group, organizer: User, client: Client, status: str
) -> None:
    entry = make_entry(group, "Ada Díaz")
    Group.objects.filter(pk=group.pk).update(status=status)
    for tail in ("", "export/", "invite/", f"{entry.pk}/", f"{entry.pk}/remove/"):
        answer = client.get(people(group, tail))
        assert answer.status_code == 403
        assert "The roster is closed" in answer.content.decode()
        assert "Díaz" not in answer.content.decode()
    assert client.post(people(group, f"{entry.pk}/remove/")).status_code == 403
    assert RosterEntry.objects.exists()


def test_a_helper_does_not_find_the_roster(group: Group, client: Client) -> None:
    sign_in(client, make_contact(group, role="helper"))
    assert client.get(people(group)).status_code == 404
    Group.objects.filter(pk=group.pk).update(status="ended")
    assert client.get(people(group)).status_code == 404


# --- finding ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("ada", ["Ada de la Cruz Díaz"]),
        ("DIAZ", ["Ada de la Cruz Díaz"]),
        ("cruz ada", ["Ada de la Cruz Díaz"]),
        ("díaz b", []),
        ("ada.d@ex", ["Ada de la Cruz Díaz"]),
        ("59301", ["Bob Stone"]),
        ("(406) 555-0100", ["Bob Stone"]),
        ("+1 406 555 0100", ["Bob Stone"]),
        ("55", []),
        ("%", []),
        ("_", []),
        ("!!! ???", []),
        ("second@example.org", []),
    ],
)
def test_people_are_found_by_what_they_share(group: Group, words: str, found: list[str]) -> None:
    ada = make_entry(group, "Ada de la Cruz Díaz", email="ada.d@example.org")
    PersonEmail.objects.create(person=ada.person, address="second@example.org")
    make_entry(group, "Bob Stone", phone="+14065550100", zip_code="59301")
    make_entry(group, "Adamina Cruz", email="ada.d2@example.org", zip_code="59301", consents=MAIL_ONLY)
    make_entry(make_group(), "Ada Díaz")
    assert names(group, words=words) == found


def test_filters_narrow_by_tag_consent_and_way(group: Group) -> None:
    ada, bob = make_entry(group, "Ada"), make_entry(group, "Bob", how=JoinedBy.FORM, consents=SHARING_ONLY)
    tag = put_roster_tag(entry=ada, name="driver", actor=make_user())
    assert names(group, tag=tag.pk) == ["Ada"]
    assert names(group, how="form") == ["Bob"]
    assert names(group, who=WhoIsShown.WANTS_MAIL) == ["Ada"]
    assert names(group, who=WhoIsShown.NO_MAIL) == ["Bob"]
    assert {ada.person.given_name, bob.person.given_name} == set(names(group))


def test_nobody_who_does_not_share_is_found_by_a_tag_they_once_had(group: Group) -> None:
    entry = make_entry(group, "Ada")
    tag = put_roster_tag(entry=entry, name="driver", actor=make_user())
    withdraw_consent(person=entry.person, purpose=ConsentPurpose.SHARING, source="me", now=NOW, scope=group.scope)
    for who in WhoIsShown:
        assert page_of(group, RosterSelection(tag=tag.pk, who=who)).entries == []


def test_what_is_searched_for_stays_in_the_session_and_out_of_the_address(
    group: Group, organizer: User, client: Client
) -> None:
    make_entry(group, "Ada Díaz")
    make_entry(group, "Bob Stone")
    answer = client.post(people(group, "?how=group_page"), {"words": "Díaz"})
    assert answer.headers["Location"] == people(group, "?how=group_page")
    shown = page(client, group)
    assert "Ada Díaz" in shown
    assert "Bob Stone" not in shown
    assert "1 person found" in shown
    client.post(people(group), {"words": ""})
    assert "Bob Stone" in page(client, group)


def test_a_search_of_one_roster_is_not_one_of_another(group: Group, organizer: User, client: Client) -> None:
    other = make_group()
    make_entry(other, "Ada")
    other.roles.create(user=organizer, role="organizer")
    client.post(people(group), {"words": "nobody"})
    assert "Ada" in page(client, other)


def test_words_that_are_too_long_change_nothing_and_say_so(group: Group, organizer: User, client: Client) -> None:
    make_entry(group, "Ada")
    answer = client.post(people(group), {"words": "x" * 201}, follow=True)
    assert "That is too long" in answer.content.decode()
    assert "Ada" in answer.content.decode()


@pytest.mark.parametrize(
    "query", ["?tag=999999", "?tag=x", "?how=odd", "?who=odd", "?behind=x-y", "?behind=20269901-1"]
)
def test_a_filter_that_there_is_not_is_passed_over(group: Group, organizer: User, client: Client, query: str) -> None:
    make_entry(group, "Ada")
    assert "Ada" in page(client, group, query)


def test_pages_follow_each_other_without_gap_or_repetition(group: Group, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("affiliates.roster_lists.PAGE_SIZE", 2)
    for number in range(5):
        make_entry(group, f"P{number}", at=NOW + datetime.timedelta(seconds=number // 2))
    seen, behind = [], None
    while True:
        found = page_of(group, RosterSelection(), behind=behind)
        seen += [entry.given_name for entry in found.entries]
        if found.next is None:
            break
        behind = Behind.read(str(found.next))
        assert behind == found.next
    assert seen == ["P4", "P3", "P2", "P1", "P0"]


def test_the_number_of_queries_does_not_grow_with_the_roster(group: Group, organizer: User, client: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(client, group)
        return len(captured)

    make_entry(group, phone="+16175550100")
    queries()  # what is loaded once in a process
    few = queries()
    for number in range(12):
        entry = make_entry(group, f"P{number}", phone=f"+161755502{number:02}")
        put_roster_tag(entry=entry, name=f"tag {number}", actor=organizer)
    assert queries() == few


# --- tags and notes ---------------------------------------------------------------------------------------------


def test_a_tag_is_put_on_and_taken_off_and_forgotten_when_nobody_has_it(
    group: Group, organizer: User, client: Client
) -> None:
    entry, other = make_entry(group), make_entry(group, "Bob")
    client.post(people(group, f"{entry.pk}/tags/"), {"name": " Brings  soup "})
    client.post(people(group, f"{other.pk}/tags/"), {"name": "BRINGS SOUP"})
    tag = RosterTag.objects.get()
    assert (tag.name, tag.entries.count()) == ("Brings soup", 2)
    assert "Brings soup" in page(client, group, f"{entry.pk}/")
    for one in (entry, other):
        client.post(people(group, f"{one.pk}/tags/{tag.pk}/take-off/"))
    assert not RosterTag.objects.exists()
    actions = AuditEntry.objects.filter(subject=f"person:{entry.person_id}").values_list("action", flat=True)
    assert {"put on roster tag", "took off roster tag"} <= set(actions)


def test_a_tag_without_a_name_is_an_error_at_the_field(group: Group, organizer: User, client: Client) -> None:
    answer = client.post(people(group, f"{make_entry(group).pk}/tags/"), {"name": " "})
    assert answer.status_code == 422
    assert "There is a problem" in answer.content.decode()


def test_a_group_has_a_hundred_tags_at_most(group: Group, organizer: User, client: Client) -> None:
    entry = make_entry(group)
    for number in range(MOST_TAGS):
        entry.tags.add(group.roster_tags.create(name=f"tag {number}"))
    with pytest.raises(RosterTagError):
        put_roster_tag(entry=entry, name="one more", actor=organizer)
    put_roster_tag(entry=make_entry(group, "Bob"), name="TAG 1", actor=organizer)
    answer = client.post(people(group, f"{entry.pk}/tags/"), {"name": "one more"})
    assert answer.status_code == 422
    assert "at most 100 tags" in answer.content.decode()


def test_a_tag_of_another_group_cannot_be_taken_off(group: Group, organizer: User, client: Client) -> None:
    other = make_entry(make_group())
    tag = put_roster_tag(entry=other, name="driver", actor=organizer)
    answer = client.post(people(group, f"{make_entry(group).pk}/tags/{tag.pk}/take-off/"))
    assert answer.status_code == 404
    assert take_roster_tag(entry=make_entry(group, "Bob"), tag=tag, actor=organizer) is False


def test_the_database_refuses_two_tags_of_one_name_and_notes_that_say_nothing(group: Group) -> None:
    group.roster_tags.create(name="driver")
    with pytest.raises(IntegrityError, match="rostertag_once"):
        group.roster_tags.create(name="DRIVER")


def test_a_note_is_kept_with_its_author_who_alone_can_delete_it(group: Group, organizer: User, client: Client) -> None:
    entry = make_entry(group)
    client.post(people(group, f"{entry.pk}/notes/"), {"text": "Brings soup."})
    note = RosterNote.objects.get()
    shown = page(client, group, f"{entry.pk}/")
    assert "Brings soup." in shown
    assert "The person can read it in their export." in shown
    sign_in(client, make_contact(group))
    assert "Delete this note" not in page(client, group, f"{entry.pk}/")
    client.post(people(group, f"{entry.pk}/notes/{note.pk}/delete/"))
    assert RosterNote.objects.exists()
    sign_in(client, organizer)
    client.post(people(group, f"{entry.pk}/notes/{note.pk}/delete/"))
    assert not RosterNote.objects.exists()


def test_a_note_that_says_nothing_is_an_error_and_one_of_somebody_else_is_not_found(
    group: Group, organizer: User, client: Client
) -> None:
    entry, other = make_entry(group), make_entry(group, "Bob")
    assert client.post(people(group, f"{entry.pk}/notes/"), {"text": " "}).status_code == 422
    note = other.notes.create(author=organizer, at=NOW, text="x")
    assert client.post(people(group, f"{entry.pk}/notes/{note.pk}/delete/")).status_code == 404


def test_a_persons_page_says_what_they_were_asked_and_answered(group: Group, organizer: User, client: Client) -> None:
    shown = page(client, group, f"{make_entry(group, consents=SHARING_ONLY).pk}/")
    assert "Show my name, e-mail address, phone number and ZIP code to the organizers of Table of Plenty." in shown
    assert "Yes, on June 1, 2026" in shown
    assert "Table of Plenty may write to me by e-mail." in shown
    assert "No answer" in shown


# --- removing ---------------------------------------------------------------------------------------------------


def test_removing_asks_first_and_then_ends_all_that_tied_them_to_the_group(
    group: Group, organizer: User, client: Client
) -> None:
    entry = make_entry(group)
    put_roster_tag(entry=entry, name="driver", actor=organizer)
    entry.notes.create(author=organizer, at=NOW, text="x")
    assert "from the roster?" in page(client, group, f"{entry.pk}/remove/")
    assert RosterEntry.objects.exists()
    client.post(people(group, f"{entry.pk}/remove/"))
    assert not any(model.objects.exists() for model in (RosterEntry, RosterTag, RosterNote))
    for purpose in (ConsentPurpose.SHARING, ConsentPurpose.GROUP_MAIL):
        assert not has_consent(entry.person, purpose, group.scope)
    assert set(entry.person.consents.filter(is_given=False).values_list("source", flat=True)) == {REMOVED}
    assert not who_shares_with(group).exists()
    assert AuditEntry.objects.get(action="removed from roster").details == {"group": group.pk}


# --- the file ---------------------------------------------------------------------------------------------------


def rows_in(answer: Any) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_the_file_holds_those_who_share_and_runs_nothing_in_a_spreadsheet(
    group: Group, organizer: User, client: Client
) -> None:
    entry = make_entry(group, '=HYPERLINK("x") Díaz', email="ada@example.org", phone="+16175550123")
    put_roster_tag(entry=entry, name="@driver", actor=organizer)
    make_entry(group, "Secret Canary", consents=MAIL_ONLY)
    answer = client.post(people(group, "export/"), {"reason": "Printing the phone tree"})
    assert answer.headers["Cache-Control"] == "private, no-store"
    headings, row = rows_in(answer)
    assert headings[:3] == ["Given name", "Family name", "E-mail address"]
    assert row[:8] == [
        "'=HYPERLINK(\"x\")", "Díaz", "ada@example.org", "'+16175550123", "02139", "2026-06-01",
        "joined on the group's page", "no",
    ]  # fmt: skip
    assert row[8:] == ["yes", "'@driver"]
    logged = AuditEntry.objects.get(action="exported roster")
    assert (logged.subject, logged.actor) == (group.scope, f"user:{organizer.pk}")
    assert logged.details == {"reason": "Printing the phone tree", "rows": 1, "who": "sharing", "narrowed_by": []}


def test_the_file_follows_filters_and_search_and_logs_no_words(group: Group, organizer: User, client: Client) -> None:
    make_entry(group, "Ada")
    make_entry(group, "Bob", how=JoinedBy.FORM)
    client.post(people(group), {"words": "bob"})
    answer = client.post(people(group, "export/?how=form"), {"reason": "Printing the phone tree"})
    assert [row[0] for row in rows_in(answer)[1:]] == ["Bob"]
    logged = AuditEntry.objects.get(action="exported roster").details
    assert logged["narrowed_by"] == ["words", "how"]
    assert "bob" not in str(logged).lower()


def test_there_is_no_file_without_a_reason(group: Group, organizer: User, client: Client) -> None:
    make_entry(group)
    assert client.post(people(group, "export/"), {"reason": "why"}).status_code == 422
    assert not AuditEntry.objects.filter(action="exported roster").exists()


def test_there_is_no_file_of_those_who_do_not_share(group: Group, organizer: User, client: Client) -> None:
    make_entry(group, consents=MAIL_ONLY)
    answer = client.get(people(group, "export/?who=not_sharing"), follow=True)
    assert "is in no file" in answer.content.decode()


def test_the_file_wants_a_fresh_sign_in(group: Group, client: Client) -> None:
    client.force_login(make_contact(group))
    answer = client.post(people(group, "export/"), {"reason": "Printing the phone tree"})
    assert answer.headers["Location"].startswith("/accounts/again/?next=")
    assert not AuditEntry.objects.filter(action="exported roster").exists()
