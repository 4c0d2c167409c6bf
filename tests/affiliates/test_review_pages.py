"""The staff's pages of the review: queues, turns, what is kept of what was typed, presence, countersigning."""

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from affiliates.agreements.steps import withdraw_agreement
from affiliates.assigning import assign_application, assign_at_filing
from affiliates.models import AgreementState, Application, ApplicationEvent, ApplicationState, NameDispute
from affiliates.presence import PRESENT_SECONDS, come_and_look, leave
from affiliates.review_queue import Queue, count_waiting, read_queue, to_countersign, waiting_in_words
from affiliates.reviewing import decline_application, note_internally, waive_call
from affiliates.turns import ReviewError, StaleError
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from tests.factories import make_contact, make_group, make_staff
from tests.signing_in import sign_in

from .reviewing import (
    DAY,
    NOW,
    agreement_of,
    make_application,
    make_dispute,
    make_region,
    make_reviewer,
    make_signed_agreement,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> User:
    return make_reviewer()


@pytest.fixture
def staff(client: Client, reviewer: User) -> Client:
    sign_in(client, reviewer)
    return client


def path_of(application: Application, act: str = "") -> str:
    return f"/national/applications/{application.pk}/{act}"


# --- the queue ----------------------------------------------------------------------------------------------------


def test_whoever_waits_longest_stands_first() -> None:
    later, sooner = make_application(filed_at=NOW - DAY), make_application(filed_at=NOW - 2 * DAY)
    make_application(state=ApplicationState.APPROVED)
    make_application(state=ApplicationState.CHANGES_ASKED)
    assert list(Queue().applications(make_reviewer())) == [sooner, later]


def test_the_queue_is_narrowed_by_region_state_and_whose_it_is(reviewer: User) -> None:
    make_region("MA", "VT")
    near, far = make_application(near="02139"), make_application(near="44305")
    assign_application(application=far, revision=1, to=reviewer, actor=reviewer, now=NOW)
    found = {
        query: list(read_queue({name: value}).applications(reviewer))
        for query, (name, value) in {
            "region": ("region", "r-ma-vt"),
            "unknown region": ("region", "atlantis"),
            "state": ("home", "OH"),
            "mine": ("assigned", "me"),
            "nobody's": ("assigned", "nobody"),
            "nonsense": ("assigned", "elves"),
        }.items()
    }
    assert found == {
        "region": [near], "unknown region": [], "state": [far], "mine": [far], "nobody's": [near],
        "nonsense": [near, far],
    }  # fmt: skip


def test_the_query_leads_back_to_the_same_queue() -> None:
    queue = Queue(state="approved", home="MA", assigned="me")
    assert queue.query == "state=approved&home=MA&assigned=me"
    assert Queue().query == ""
    assert read_queue({"state": "accepted"}) == Queue()


def test_the_queue_says_how_long_each_has_waited_and_costs_the_same_for_many(
    staff: Client, django_assert_max_num_queries: object
) -> None:
    for _number in range(12):
        make_application()
    with django_assert_max_num_queries(20):  # type: ignore[operator]
        page = staff.get("/national/applications/").content.decode()
    assert "<time" in page
    assert "Begin with the oldest" in page


def test_agreements_past_their_application_wait_beside_approved_ones() -> None:
    approved = make_application(state=ApplicationState.APPROVED, filed_at=NOW - 9 * DAY)
    taken_back = make_application(state=ApplicationState.APPROVED, filed_at=NOW - 8 * DAY)
    assert taken_back.applicant
    withdraw_agreement(agreement=agreement_of(taken_back), actor=taken_back.applicant, now=NOW)
    for state in (ApplicationState.FILED, ApplicationState.DECLINED, ApplicationState.WITHDRAWN):
        make_application(state=state)
    group = make_group()
    anew = make_signed_agreement(group, by=make_contact(group), at=NOW - 7 * DAY)
    found = [(line.application, line.agreement) for line in to_countersign()]
    assert found == [(approved, agreement_of(approved)), (taken_back, None), (None, anew)]


def test_the_staff_home_says_how_much_waits(staff: Client) -> None:
    make_application()
    make_application(state=ApplicationState.APPROVED)
    make_dispute(make_application())
    assert waiting_in_words() == "2 applications to review, 1 agreement to countersign."
    assert count_waiting().disputes == 1
    assert waiting_in_words() in staff.get("/national/").content.decode()


# --- assignment ---------------------------------------------------------------------------------------------------


def test_the_regions_organizer_gets_what_is_filed_and_one_mail(reviewer: User) -> None:
    make_region("MA", organizer=reviewer)
    application = make_application()
    assert application.group
    make_contact(application.group)
    assert assign_at_filing(application=application, now=NOW) == reviewer
    assert application.assigned_to == reviewer
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.purpose) == (reviewer.email, "application to review")


def test_nobody_gets_what_lies_in_no_region_or_in_one_whose_organizer_may_not_review() -> None:
    make_region("OH", organizer=make_staff(StaffTask.PEOPLE))
    for near in ("02139", "44305"):
        application = make_application(near=near)
        assert assign_at_filing(application=application, now=NOW) is None
    assert not OutgoingMail.objects.exists()


def test_what_comes_back_after_changes_stays_with_whoever_had_it(reviewer: User) -> None:
    make_region("MA", organizer=make_reviewer("Other"))
    application = make_application(assigned_to=reviewer)
    assert assign_at_filing(application=application, now=NOW) == reviewer


def test_assigning_is_a_turn_and_only_to_those_who_may(reviewer: User) -> None:
    application = make_application()
    assign_application(application=application, revision=1, to=reviewer, actor=reviewer, now=NOW)
    with pytest.raises(StaleError):
        assign_application(application=application, revision=1, to=None, actor=reviewer, now=NOW)
    with pytest.raises(ReviewError, match="may not review"):
        assign_application(
            application=application, revision=2, to=make_staff(StaffTask.PEOPLE), actor=reviewer, now=NOW
        )
    event = ApplicationEvent.objects.get(kind="assigned")
    assert (event.text, event.is_internal) == ("Rita Review", True)


def test_staff_assign_by_hand(staff: Client, reviewer: User) -> None:
    application = make_application()
    answer = staff.post(path_of(application, "assign/"), {"revision": 1, "seen": 0, "to": reviewer.pk})
    assert answer.status_code == 302
    application.refresh_from_db()
    assert application.assigned_to == reviewer
    staff.post(path_of(application, "assign/"), {"revision": 2, "seen": 0, "to": make_contact(make_group()).pk})
    application.refresh_from_db()
    assert application.assigned_to == reviewer


# --- acts ---------------------------------------------------------------------------------------------------------


def test_the_next_one_of_the_same_queue_follows(staff: Client) -> None:
    first, second = make_application(filed_at=NOW - 5 * DAY), make_application(filed_at=NOW - 3 * DAY)
    make_application(near="44305", filed_at=NOW - 4 * DAY)
    answer = staff.post(path_of(first, "approve/") + "?home=MA", {"revision": 1, "seen": 0})
    assert answer.headers["Location"] == path_of(second) + "?home=MA"
    answer = staff.post(path_of(second, "approve/") + "?home=MA", {"revision": 1, "seen": 0}, follow=True)
    assert answer.redirect_chain == [("/national/applications/?home=MA", 302)]
    assert "That was the last one here." in answer.content.decode()


def test_what_stands_in_the_way_is_said_and_there_is_no_button(staff: Client) -> None:
    application = make_application(is_signed=False)
    page = staff.get(path_of(application)).content.decode()
    assert "The group has not signed the agreement." in page
    assert "approve/" not in page
    answer = staff.post(path_of(application, "approve/"), {"revision": 1, "seen": 0}, follow=True)
    assert "The group has not signed the agreement." in answer.content.decode()


def test_whoever_approves_an_old_reading_sees_what_has_happened(staff: Client) -> None:
    application = make_application()
    seen = application.events.get().pk
    waive_call(application=application, revision=1, reason="We know her.", actor=make_reviewer("Omar"), now=NOW)
    answer = staff.post(path_of(application, "approve/"), {"revision": 1, "seen": seen})
    assert answer.status_code == 409
    page = answer.content.decode()
    changed = page[page.index("This has happened since you opened it") : page.index("</section>")]
    assert "We know her." in changed
    assert "Filed" not in changed
    application.refresh_from_db()
    assert application.state == ApplicationState.FILED


@pytest.mark.parametrize(
    ("act", "field"), [("changes/", "issues"), ("decline/", "reason"), ("waive/", "reason")], ids=str
)
def test_what_was_typed_is_kept_and_the_second_press_counts(staff: Client, act: str, field: str) -> None:
    application = make_application(is_call_waived=False)
    seen = application.events.get().pk
    assign_application(application=application, revision=1, to=None, actor=make_reviewer(), now=NOW)
    answer = staff.post(path_of(application, act), {"revision": 1, "seen": seen, field: "Kept words"})
    assert answer.status_code == 409
    form = answer.context["form"]
    assert (form["revision"].value(), form[field].value()) == (2, "Kept words")
    assert "This has happened since you opened it" in answer.content.decode()
    again = staff.post(path_of(application, act), {name: form[name].value() or "" for name in form.fields})
    assert again.status_code == 302
    assert ApplicationEvent.objects.order_by("-pk")[0].kind != "assigned"


def test_asking_at_no_question_is_an_error_that_says_so(staff: Client) -> None:
    answer = staff.post(path_of(make_application(), "changes/"), {"revision": 1, "seen": 0})
    assert answer.status_code == 422
    assert "at one question or more" in answer.content.decode()


def test_what_is_decided_is_not_declined_again_and_the_page_says_why(staff: Client) -> None:
    application = make_application()
    decline_application(application=application, revision=1, reason="No.", actor=make_reviewer(), now=NOW)
    answer = staff.post(path_of(application, "decline/"), {"revision": 2, "seen": 0, "reason": "No again."})
    assert answer.status_code == 409
    assert "cannot be done with it any more" in answer.content.decode()


def test_notes_are_for_staff_only(staff: Client) -> None:
    application = make_application()
    staff.post(path_of(application, "notes/"), {"text": "Rang her."})
    assert ApplicationEvent.objects.get(kind="note").is_internal
    assert staff.post(path_of(application, "notes/"), {"text": " "}).status_code == 422
    assert "Rang her." in staff.get(path_of(application)).content.decode()


def test_the_page_of_one_application_asks_the_same_few_questions_however_long_its_history(
    staff: Client, django_assert_max_num_queries: object
) -> None:
    application = make_application()
    for number in range(30):
        note_internally(application=application, text=f"Note {number}", actor=make_reviewer(), now=NOW)
    with django_assert_max_num_queries(45):  # type: ignore[operator]
        staff.get(path_of(application))


def test_a_dispute_is_opened_from_the_names_alike_only(staff: Client) -> None:
    other, application = make_group("Prairie Commons"), make_application("Prairie Commons")
    stranger = make_group("Harbor Choir")
    there = path_of(application, "dispute/")
    assert staff.post(there, {"other": f"group:{stranger.pk}", "because": "No."}).status_code == 422
    assert staff.post(there, {"other": f"group:{other.pk}", "because": "Older."}).status_code == 302
    dispute = NameDispute.objects.get()
    assert dispute.other == other
    answer = staff.post(f"/national/disputes/{dispute.pk}/settle/", {"outcome": "keeps", "because": "Far apart."})
    assert answer.status_code == 302
    answer = staff.post(f"/national/disputes/{dispute.pk}/settle/", {"outcome": "keeps", "because": "Far apart."})
    assert answer.status_code == 422


# --- presence -----------------------------------------------------------------------------------------------------


def test_two_on_one_item_are_told_for_a_minute() -> None:
    ana, omar = make_reviewer("Ana"), make_reviewer("Omar")
    assert come_and_look(item="application:1", user=ana, now=NOW) == []
    assert come_and_look(item="application:1", user=omar, now=NOW) == [ana]
    assert come_and_look(item="application:2", user=omar, now=NOW) == []
    later = NOW + DAY * PRESENT_SECONDS / 86400
    assert come_and_look(item="application:1", user=omar, now=later) == []


def test_whoever_is_done_looks_no_more() -> None:
    ana, omar = make_reviewer("Ana"), make_reviewer("Omar")
    come_and_look(item="application:1", user=ana, now=NOW)
    leave(item="application:1", user=ana)
    assert come_and_look(item="application:1", user=omar, now=NOW) == []


def test_without_a_cache_nobody_is_told_and_the_page_works(staff: Client, settings: Settings) -> None:
    settings.CACHES = {
        "default": {**settings.CACHES["default"], "LOCATION": "redis://127.0.0.1:1/0"},
    }
    assert staff.get(path_of(make_application())).status_code == 200


def test_the_piece_of_the_page_says_who_is_there_and_that_it_has_changed(staff: Client, client: Client) -> None:
    application, other = make_application(), Client()
    sign_in(other, make_reviewer("Ana Also"))
    other.get(path_of(application))
    there = path_of(application, "presence/")
    piece = staff.get(there, {"revision": 1}, headers={"HX-Request": "true"}).content.decode()
    assert "Ana Also is looking at this too" in piece
    assert "since you opened it" not in piece
    waive_call(application=application, revision=1, reason="Yes.", actor=make_reviewer(), now=NOW)
    piece = staff.get(there, {"revision": 1}, headers={"HX-Request": "true"}).content.decode()
    assert "Somebody has changed this application since you opened it." in piece


@pytest.mark.parametrize("read", ["²", "9" * 5000, "x"])
def test_the_piece_of_the_page_takes_any_text_for_a_revision(staff: Client, read: str) -> None:
    there = path_of(make_application(), "presence/")
    assert staff.get(there, {"revision": read}, headers={"HX-Request": "true"}).status_code == 200


# --- countersigning -----------------------------------------------------------------------------------------------


def test_the_countersigner_sees_the_document_its_hash_and_the_words_and_presses(staff: Client, reviewer: User) -> None:
    application = make_application(state=ApplicationState.APPROVED)
    agreement = agreement_of(application)
    there = f"/national/agreements/{agreement.reference}/"
    page = staff.get(there).content.decode()
    for shown in (agreement.pdf_sha256, "Ada Applicant", "Chair", "I agree to sign electronically.", "document.pdf"):
        assert shown in page
    answer = staff.post(there, {"revision": 1, "seen": 0}, follow=True)
    assert answer.redirect_chain == [("/national/agreements/", 302)]
    agreement.refresh_from_db()
    assert (agreement.state, agreement.countersigned_by) == (AgreementState.IN_FORCE, reviewer)
    evidence = agreement.events.get(kind="countersigned").data
    assert evidence["sign_in_method"] == "mfa (totp)"
    again = staff.post(there, {"revision": 2, "seen": 0})
    assert again.status_code == 422


def test_countersigning_takes_a_fresh_second_factor(client: Client, reviewer: User) -> None:
    agreement = agreement_of(make_application(state=ApplicationState.APPROVED))
    sign_in(client, reviewer)
    session = client.session
    session["account_authentication_methods"] = [
        {**record, "at": record["at"] - 3600} for record in session["account_authentication_methods"]
    ]
    session.save()
    there = f"/national/agreements/{agreement.reference}/"
    for answer in (client.get(there), client.post(there, {"revision": 1, "seen": 0})):
        assert answer.headers["Location"] == f"/accounts/2fa/reauthenticate/?next={there.replace('/', '%2F')}"
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.SIGNED


def test_a_countersigner_with_an_old_page_is_told(staff: Client) -> None:
    application = make_application(state=ApplicationState.APPROVED)
    there = f"/national/agreements/{agreement_of(application).reference}/"
    answer = staff.post(there, {"revision": 9, "seen": 0})
    assert answer.status_code == 409
    assert "since you opened it" in answer.content.decode()


def test_whoever_signed_for_the_group_finds_no_button(client: Client) -> None:
    signer, group = make_reviewer(), make_group()
    agreement = make_signed_agreement(group, by=signer)
    sign_in(client, signer)
    there = f"/national/agreements/{agreement.reference}/"
    assert "Somebody else of the staff has to countersign it." in client.get(there).content.decode()
    assert client.post(there, {"revision": 1}).status_code == 422
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.SIGNED


def test_not_countersigning_takes_a_reason_and_happens_once(staff: Client) -> None:
    application = make_application(state=ApplicationState.APPROVED)
    there = f"/national/agreements/{agreement_of(application).reference}/decline/"
    assert staff.post(there, {"revision": 1, "reason": " "}).status_code == 422
    assert staff.post(there, {"revision": 1, "reason": "No title."}).status_code == 302
    application.refresh_from_db()
    assert application.state == ApplicationState.CHANGES_ASKED
    answer = staff.post(there, {"revision": 2, "reason": "No title."})
    assert answer.status_code == 409
    assert "No title." in answer.content.decode()


def test_the_history_of_decided_ones_is_searched_by_name(staff: Client) -> None:
    make_application("Prairie Commons", state=ApplicationState.DECLINED)
    make_application("Harbor Choir", state=ApplicationState.ACCEPTED)
    page = staff.get(reverse("national_decided"), {"q": "prairie"}).content.decode()
    assert "Prairie Commons" in page
    assert "Harbor Choir" not in page
