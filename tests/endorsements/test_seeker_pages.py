"""The pages of running for office, as strangers, their owners, groups and staff meet them."""

import datetime
import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from affiliates.models import Group, GroupStatus, Role
from endorsements.models import OfficeSeeker, SeekerStage
from endorsements.seekers import seeker_token
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from members.models import Person
from tests.accounts.clients import signed_in
from tests.factories import make_contact, make_group, make_staff, make_user

from .making import make_area, make_race
from .seeking import make_hand, make_seeker

pytestmark = pytest.mark.django_db
ADA = {"name": "Ada Díaz", "email": "ada@example.org", "place": "02139", "level": "local", "office": "", "words": ""}
DAY = datetime.timedelta(days=1)


def text_of(response: Any) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


def make_own(user: User, **fields: Any) -> OfficeSeeker:
    return make_seeker(user.email, **fields)


@pytest.fixture
def stella(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS, email="stella@example.org")


@pytest.fixture
def group(db: None) -> Group:
    return make_group("Table of Plenty", slug="plenty")


# --- the public page --------------------------------------------------------------------------------------------


def test_the_page_shows_the_dates_near_a_zip_code_and_how_many_were_encouraged(client: Client) -> None:
    today = timezone.localdate()
    race = make_race(
        area=make_area("02139"), office="School board", filing_deadline=today + 9 * DAY,
        election_date=today + 90 * DAY, is_open_seat=True,
    )  # fmt: skip
    make_seeker()
    make_hand()
    words = text_of(client.get("/run/", {"near": "02139"}))
    for expected in ("Near 02139, Cambridge, MA", str(race), "9 days left", "open seat", "person encouraged to run 1"):
        assert expected in words


def test_a_date_that_is_pressed_fills_in_the_form(client: Client) -> None:
    race = make_race(office="School board", level="local")
    response = client.get("/run/", {"near": "02139", "race": race.slug})
    assert response.context["form"].initial == {
        "place": "02139", "race": race.slug, "level": "local", "office": str(race)
    }  # fmt: skip
    client.post("/run/", {**ADA, "race": race.slug})
    assert OfficeSeeker.objects.get().race == race


@pytest.mark.parametrize("near", ["00000", "nowhere", "Cambridge, MA", ""])
def test_what_is_no_zip_code_is_an_error_that_says_so(client: Client, near: str) -> None:
    response = client.get("/run/", {"near": near})
    assert response.status_code == 422
    assert "There is a problem" in text_of(response)
    assert "Error:" in response.content.decode().partition("</title>")[0]


def test_a_race_that_nobody_knows_is_passed_over(client: Client) -> None:
    proposed = make_race(confirmed_at=None)
    assert client.get("/run/", {"race": proposed.slug}).context["form"].initial == {"place": ""}
    client.post("/run/", {**ADA, "race": proposed.slug})
    assert OfficeSeeker.objects.get().race is None


def test_missing_answers_are_named(client: Client) -> None:
    response = client.post("/run/", {})
    assert response.status_code == 422
    for label in ("Your name", "E-mail address", "ZIP code"):
        assert f"Fill in “{label}”." in text_of(response)
    assert not OfficeSeeker.objects.exists()


def test_known_and_unknown_addresses_get_the_same_answer_and_the_same_work(client: Client) -> None:
    make_seeker("known@example.org")
    make_hand("waiting@example.org")
    answers, work = [], []
    for email in ("unknown@example.org", "known@example.org", "waiting@example.org"):
        with CaptureQueriesContext(connection) as queries:
            response = client.post("/run/", {**ADA, "email": email})
            page = client.get(response.headers["Location"]).content
        answers.append((response.status_code, response.headers["Location"], page))
        work.append([re.sub(r"'[^']*'|\d+", "?", query["sql"]) for query in queries.captured_queries])
    assert all(one == answers[0] for one in answers)
    assert all(one == work[0] for one in work)


def test_one_address_gets_five_mails_a_day_and_nobody_is_told(client: Client) -> None:
    assert {client.post("/run/", ADA).headers["Location"] for _ in range(6)} == {"/run/sent/"}
    assert OutgoingMail.objects.count() == 5


def test_one_client_posts_sixty_times_an_hour(client: Client) -> None:
    for _ in range(60):
        assert client.post("/run/", {}).status_code == 422
    assert client.post("/run/", ADA).status_code == 429


def test_whoever_is_signed_in_with_the_address_goes_on_at_once() -> None:
    user = make_user(ADA["email"])
    client = signed_in(user)
    response = client.post("/run/", ADA, follow=True)
    assert "We write to you" in text_of(response)
    assert OfficeSeeker.objects.get().person == Person.objects.get(user=user)


# --- the link of the mail ---------------------------------------------------------------------------------------


def link_to(seeker: OfficeSeeker) -> str:
    return reverse("run_confirm", args=[seeker_token(seeker)])


def test_opening_the_link_changes_nothing_and_shows_nothing_that_was_typed(client: Client) -> None:
    made = make_hand(words="I teach.", office="School board")
    words = text_of(client.get(link_to(made)))
    assert "Was it you?" in words
    for typed in ("Ada", "I teach", "School board", "ada@example.org"):
        assert typed not in words
    assert not OfficeSeeker.objects.get().is_confirmed


def test_the_button_confirms_and_again_changes_nothing(client: Client) -> None:
    made = make_hand()
    for _ in range(2):
        response = client.post(link_to(made), {"do": "confirm"}, follow=True)
        assert "We write to you" in text_of(response)
    assert OfficeSeeker.objects.get().stage == SeekerStage.NEW
    assert response.headers["Cache-Control"].startswith("max-age=0")


def test_the_other_button_deletes(client: Client) -> None:
    made = make_hand()
    response = client.post(link_to(made), {"do": "forget"}, follow=True)
    assert "It is deleted" in text_of(response)
    assert not OfficeSeeker.objects.exists()
    assert client.get(link_to(made)).status_code == 404


def test_a_forged_link_says_what_to_do(client: Client) -> None:
    response = client.get("/run/answers/forged/")
    assert response.status_code == 404
    assert "You can raise your hand again" in text_of(response)


def test_who_was_referred_reads_why_and_answers_for_themselves(client: Client, group: Group) -> None:
    made = make_hand(referred_by_group=group, office="School board", words="She is fair.")
    words = text_of(client.get(link_to(made)))
    for expected in ("Table of Plenty", "She is fair.", "Table of Plenty may see how far I have come."):
        assert expected in words
    assert client.post(link_to(made), {"do": "confirm", "place": ""}).status_code == 422
    answer = {"place": "78701", "level": "state", "office": "House", "words": "Water.", "tells_group": "on"}
    assert "We write to you" in text_of(client.post(link_to(made), answer, follow=True))
    made.refresh_from_db()
    assert (made.state, made.office, made.words, made.tells_group) == ("TX", "House", "Water.", True)


def test_a_group_that_has_ended_is_told_nothing_and_nothing_is_asked_about_it(client: Client) -> None:
    made = make_hand(referred_by_group=make_group(status=GroupStatus.ENDED))
    assert "may see how far" not in text_of(client.get(link_to(made)))
    client.post(link_to(made), {"place": "02139", "tells_group": "on"})
    made.refresh_from_db()
    assert (made.is_confirmed, made.tells_group) == (True, False)


# --- one's own account ------------------------------------------------------------------------------------------


def test_the_account_shows_what_is_held_and_takes_it_back(stella: User) -> None:
    user = make_user("ada@example.org")
    made = make_own(user, office="School board", words="I teach.", in_hands_of=stella)
    made.follow_ups.create(text="Called her.", at=timezone.now())
    client = signed_in(user)
    assert "School board" in text_of(client.get("/me/"))
    words = text_of(client.get("/me/run/"))
    for expected in ("School board", "I teach.", "Called her.", "02139", "stella@example.org"):
        assert expected in words
    client.post(f"/me/run/{made.pk}/", {"do": "withdraw"})
    assert not OfficeSeeker.objects.exists()
    assert "We hold nothing about this" in text_of(client.get("/me/run/"))
    assert "School board" not in text_of(client.get("/me/"))


def test_the_account_says_whether_the_group_hears_of_it(group: Group) -> None:
    user = make_user("ada@example.org")
    made, client = make_own(user, referred_by_group=group), signed_in(user)
    for wish, tells in (("tell", True), ("hush", False), ("nonsense", False)):
        assert client.post(f"/me/run/{made.pk}/", {"do": wish}).status_code == 302
        made.refresh_from_db()
        assert made.tells_group is tells


def test_somebody_elses_is_not_found() -> None:
    made = make_seeker()
    assert signed_in(make_user()).post(f"/me/run/{made.pk}/", {"do": "withdraw"}).status_code == 404
    assert OfficeSeeker.objects.exists()


# --- a group ----------------------------------------------------------------------------------------------------

REFERRED = {"name": "Ada Díaz", "email": "ada@example.org", "language": "es", "level": "", "office": "", "words": ""}
REFERRALS = "/organize/groups/plenty/referrals/"


def test_a_group_refers_somebody_and_sees_only_that_it_was_sent(group: Group) -> None:
    client = signed_in(make_contact(group, role=Role.ORGANIZER))
    words = text_of(client.post(REFERRALS, {**REFERRED, "words": "She is fair."}, follow=True))
    assert "The mail is on its way" in words
    assert "A mail was sent" in words
    assert "Ada" not in words
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.language) == ("ada@example.org", "es")
    assert "Refer somebody to run" in text_of(client.get("/organize/groups/plenty/"))


def test_a_group_sees_the_name_and_the_stage_of_those_who_tell_it(group: Group) -> None:
    make_seeker(referred_by_group=group, tells_group=True, stage=SeekerStage.FILED, office="School board")
    words = text_of(signed_in(make_contact(group)).get(REFERRALS))
    for expected in ("Ada Díaz", "has filed", "School board"):
        assert expected in words


def test_six_groups_a_day_write_to_one_address_and_the_sixth_is_not_told(group: Group) -> None:
    for number in range(6):
        one = make_group(slug=f"group-of-{number}")
        client = signed_in(make_contact(one))
        client.post(f"/organize/groups/{one.slug}/referrals/", REFERRED)
    assert OutgoingMail.objects.count() == 5


def test_more_than_a_days_referrals_are_refused_with_the_reason(group: Group) -> None:
    for number in range(20):
        make_hand(f"p{number}@example.org", referred_by_group=group, at=timezone.now())
    response = signed_in(make_contact(group)).post(REFERRALS, REFERRED)
    assert response.status_code == 422
    assert "20 people a day" in text_of(response)


@pytest.mark.parametrize("status", [GroupStatus.ENDED, GroupStatus.FORMING])
def test_a_group_out_of_force_has_no_such_page(status: str) -> None:
    group = make_group(status=status)
    client = signed_in(make_contact(group))
    assert client.get(f"/organize/groups/{group.slug}/referrals/").status_code == 404
    assert "Refer somebody to run" not in text_of(client.get(f"/organize/groups/{group.slug}/"))


# --- staff ------------------------------------------------------------------------------------------------------


def test_staff_see_who_has_confirmed_and_filter_them(stella: User) -> None:
    client = signed_in(stella, second_factor=True)
    assert "Nobody has raised a hand yet" in text_of(client.get("/national/run/"))
    make_seeker(office="School board")
    make_seeker(office="House", zip_code="78701", stage=SeekerStage.FILED)
    make_hand(office="Unconfirmed")
    words = text_of(client.get("/national/run/"))
    assert "School board" in words
    assert "House" in words
    assert "Unconfirmed" not in words
    assert "House" not in text_of(client.get("/national/run/", {"state": "MA"}))
    assert "Nobody is like that" in text_of(client.get("/national/run/", {"level": "party"}))
    assert "1 person to follow up." in text_of(client.get("/national/"))


def test_staff_write_down_what_was_agreed(stella: User) -> None:
    made, client = make_seeker(office="School board"), signed_in(stella, second_factor=True)
    there = f"/national/run/{made.pk}/"
    form = client.get(there).context["form"]
    assert (form.initial["stage"], form.initial["in_hands_of"]) == (SeekerStage.IN_TOUCH, stella)
    next_week = timezone.localdate() + 7 * DAY
    agreed = {
        "text": "Wants to talk.", "stage": "decided", "follow_up_on": next_week.isoformat(),
        "in_hands_of": stella.pk, "revision": 0,
    }  # fmt: skip
    assert "Wants to talk." in text_of(client.post(there, agreed, follow=True))
    made.refresh_from_db()
    assert (made.stage, made.follow_up_on, made.in_hands_of) == (SeekerStage.DECIDED, next_week, stella)
    response = client.post(there, agreed)
    assert response.status_code == 422
    assert "since you opened the page" in text_of(response)


def test_only_staff_for_endorsements_can_have_it_in_their_hands(stella: User) -> None:
    other = make_staff(StaffTask.PEOPLE)
    made, client = make_seeker(), signed_in(stella, second_factor=True)
    agreed = {"text": "x", "stage": "new", "in_hands_of": other.pk, "revision": 0}
    assert client.post(f"/national/run/{made.pk}/", agreed).status_code == 422


def test_who_has_not_confirmed_is_not_found_by_staff(stella: User) -> None:
    assert signed_in(stella, second_factor=True).get(f"/national/run/{make_hand().pk}/").status_code == 404


def test_the_states_are_a_table_and_a_picture_that_a_browser_may_draw(stella: User) -> None:
    make_seeker()
    client = signed_in(stella, second_factor=True)
    assert "Massachusetts 1 0" in text_of(client.get("/national/run/states/"))
    for query in ({}, {"lang": "es", "size": "small"}):
        picture = client.get("/national/run/map.svg", query)
        assert picture.headers["Content-Type"] == "image/svg+xml"
        assert "default-src 'none'" in picture.headers["Content-Security-Policy"]
