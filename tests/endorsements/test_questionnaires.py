"""Questionnaires: versions, and what candidates answer."""

import datetime

import pytest

from endorsements.candidates import withdraw_candidate
from endorsements.models import Answer, Candidate, Level, Questionnaire, QuestionnaireResponse
from endorsements.questionnaires import (
    MOST_QUESTIONS,
    QuestionnaireError,
    QuestionPlan,
    StaleDraftError,
    begin_version,
    change_version,
    current_version,
    publish_version,
    questions_of,
)
from endorsements.race_queue import answers_waiting, answers_waiting_in_words
from endorsements.responses import (
    ResponseLinkError,
    Said,
    asked_questions,
    earlier_response,
    give_back,
    hide_response,
    is_open,
    missing_answers,
    publish_response,
    response_of,
    response_token,
    reuse_answers,
    revoke_links,
    save_answers,
    send_answers,
    send_questionnaire,
)
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail, Suppression
from tests.factories import make_staff

from .making import ELECTION, NOW, make_candidate, make_race

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
HOUSING = QuestionPlan("Do you support rent control?", is_yes_or_no=True)
WHY = QuestionPlan("Why do you run?")
MORE = QuestionPlan("Anything else?", is_required=False)


@pytest.fixture
def staff(db: None) -> User:
    return make_staff(StaffTask.ENDORSEMENTS)


@pytest.fixture
def version(staff: User) -> Questionnaire:
    return publish(staff, HOUSING, WHY, MORE)


def publish(staff: User, *questions: QuestionPlan, level: str = Level.LOCAL) -> Questionnaire:
    draft = begin_version(level=level, actor=staff, now=NOW)
    change_version(
        questionnaire=draft, title="Our questions", questions=questions, read=questions_of(draft), actor=staff
    )
    return publish_version(questionnaire=draft, actor=staff, now=NOW)


@pytest.fixture
def ann(db: None) -> Candidate:
    return make_candidate(make_race(), "Ann Lee", email="ann@example.org")


@pytest.fixture
def response(ann: Candidate, version: Questionnaire, staff: User) -> QuestionnaireResponse:
    return send(ann, staff)


def send(candidate: Candidate, staff: User, *, now: datetime.datetime = NOW) -> QuestionnaireResponse:
    return send_questionnaire(candidate=candidate, due_at=now + 14 * DAY, language="en", actor=staff, now=now)


def answer(response: QuestionnaireResponse, *said: Said, now: datetime.datetime = NOW) -> None:
    questions = [one.question.pk for one in asked_questions(response)]
    save_answers(response=response, said=dict(zip(questions, said, strict=False)), now=now)


# --- versions -------------------------------------------------------------------------------------------------


def test_a_level_has_one_draft_and_the_newest_published_version_counts(staff: User) -> None:
    assert current_version(Level.LOCAL) is None
    first = publish(staff, HOUSING)
    draft = begin_version(level=Level.LOCAL, actor=staff, now=NOW)
    assert begin_version(level=Level.LOCAL, actor=staff, now=NOW) == draft
    assert (draft.version, draft.title, questions_of(draft)) == (2, "Our questions", [HOUSING])
    assert current_version(Level.LOCAL) == first
    publish_version(questionnaire=draft, actor=staff, now=NOW)
    assert current_version(Level.LOCAL) == draft
    assert current_version(Level.STATE) is None
    with pytest.raises(QuestionnaireError):
        begin_version(level="x", actor=staff, now=NOW)


def test_a_published_version_never_changes(version: Questionnaire, staff: User) -> None:
    with pytest.raises(QuestionnaireError, match="Version 1 is published"):
        change_version(questionnaire=version, title="x", questions=[WHY], read=[], actor=staff)
    with pytest.raises(QuestionnaireError, match="Version 1 is published"):
        publish_version(questionnaire=version, actor=staff, now=NOW)
    assert questions_of(version) == [HOUSING, WHY, MORE]


def test_of_two_who_change_a_draft_the_second_is_told(staff: User) -> None:
    draft = begin_version(level=Level.STATE, actor=staff, now=NOW)
    change_version(questionnaire=draft, title="x", questions=[WHY], read=[], actor=staff)
    with pytest.raises(StaleDraftError):
        change_version(questionnaire=draft, title="x", questions=[MORE], read=[], actor=staff)
    assert questions_of(draft) == [WHY]


@pytest.mark.parametrize(
    ("title", "questions", "words"),
    [
        (" ", [WHY], "title"),
        ("x", [QuestionPlan(" ")], "has words"),
        ("x", [WHY, QuestionPlan("why do you run?")], "the same"),
        ("x", [QuestionPlan(f"{number}?") for number in range(MOST_QUESTIONS + 1)], "at most"),
    ],
)
def test_what_is_no_questionnaire(staff: User, title: str, questions: list[QuestionPlan], words: str) -> None:
    draft = begin_version(level=Level.STATE, actor=staff, now=NOW)
    with pytest.raises(QuestionnaireError, match=words):
        change_version(questionnaire=draft, title=title, questions=questions, read=[], actor=staff)
    with pytest.raises(QuestionnaireError, match="nothing"):
        publish_version(questionnaire=draft, actor=staff, now=NOW)


# --- sending it out -------------------------------------------------------------------------------------------


def test_the_campaign_gets_a_mail_with_a_link(response: QuestionnaireResponse, ann: Candidate) -> None:
    mail = OutgoingMail.objects.get()
    assert (mail.to_email, mail.purpose, mail.is_transactional) == ("ann@example.org", "questionnaire", False)
    assert f"/questionnaire/{response_token(response)}/" in mail.text
    assert "June 15, 2026" in mail.text
    assert response_of(response_token(response), now=NOW) == response
    assert AuditEntry.objects.get(action="sent questionnaire").subject == ann.subject


def test_it_can_be_sent_again_until_it_is_answered(
    response: QuestionnaireResponse, ann: Candidate, staff: User
) -> None:
    again = send(ann, staff, now=NOW + DAY)
    assert (again, again.sent_at) == (response, NOW + DAY)
    assert OutgoingMail.objects.count() == 2
    answer(response, Said(yes=True), Said(text="Rents."))
    send_answers(response=response, now=NOW)
    with pytest.raises(QuestionnaireError, match="answered already"):
        send(ann, staff)


def test_the_mail_is_in_the_language_that_staff_choose(ann: Candidate, version: Questionnaire, staff: User) -> None:
    response = send_questionnaire(candidate=ann, due_at=None, language="es", actor=staff, now=NOW)
    assert (response.language, OutgoingMail.objects.get().language) == ("es", "es")


def test_to_whom_it_cannot_be_sent(ann: Candidate, staff: User) -> None:
    with pytest.raises(QuestionnaireError, match="No questionnaire is published"):
        send(ann, staff)
    publish(staff, WHY)
    with pytest.raises(QuestionnaireError, match="day to answer by"):
        send_questionnaire(candidate=ann, due_at=NOW - DAY, language="en", actor=staff, now=NOW)
    with pytest.raises(QuestionnaireError, match="address yet"):
        send(make_candidate(ann.race), staff)
    with pytest.raises(QuestionnaireError, match="election is over"):
        send(ann, staff, now=datetime.datetime(2026, 11, 4, 12, tzinfo=datetime.UTC))
    withdraw_candidate(candidate=ann, because="Said so.", actor=staff, now=NOW)
    with pytest.raises(QuestionnaireError, match="withdrawn"):
        send(ann, staff)
    assert not QuestionnaireResponse.objects.exists()


def test_an_address_that_gets_no_mail_is_told_and_nothing_is_kept(
    ann: Candidate, version: Questionnaire, staff: User
) -> None:
    Suppression.objects.create(address="ann@example.org", scope="", reason="complained")
    with pytest.raises(QuestionnaireError, match="gets no mail from us"):
        send(ann, staff)
    assert not QuestionnaireResponse.objects.exists()


# --- links ----------------------------------------------------------------------------------------------------


def test_a_link_that_is_forged_revoked_or_too_old_opens_nothing(response: QuestionnaireResponse, staff: User) -> None:
    token = response_token(response)
    for forged in (token[:-1], f"{response.pk}:1", "x:y:z", ""):
        with pytest.raises(ResponseLinkError):
            response_of(forged, now=NOW)
    last = datetime.datetime.combine(ELECTION, datetime.time(), tzinfo=datetime.UTC) + 30 * DAY
    assert response_of(token, now=last) == response
    with pytest.raises(ResponseLinkError):
        response_of(token, now=last + DAY)
    revoked = revoke_links(response=response, actor=staff, now=NOW)
    with pytest.raises(ResponseLinkError):
        response_of(token, now=NOW)
    assert response_of(response_token(revoked), now=NOW) == response
    with pytest.raises(QuestionnaireError, match="no longer"):
        answer(response, Said(yes=True))  # whoever had the page open with the link of before


# --- answering ------------------------------------------------------------------------------------------------


def test_answers_are_saved_as_they_are_typed_and_can_be_taken_back(response: QuestionnaireResponse) -> None:
    answer(response, Said(yes=True, text=" Yes, and soon. "), Said())
    answer(response, Said(yes=False), Said(text="Rents."))
    assert [one.said for one in asked_questions(response)] == [Said(yes=False), Said(text="Rents."), Said()]
    answer(response, Said())
    assert Answer.objects.count() == 1
    question = asked_questions(response)[1].question
    save_answers(response=response, said={question.pk: Said(yes=True, text="Rents."), 0: Said(text="x")}, now=NOW)
    assert [one.said for one in asked_questions(response)] == [Said(), Said(text="Rents."), Said()]


def test_what_must_be_answered_is_answered_before_it_is_sent(response: QuestionnaireResponse) -> None:
    answer(response, Said(text="It depends."))
    assert [one.question.position for one in missing_answers(response)] == [1, 2]
    with pytest.raises(QuestionnaireError, match="not answered yet: 1, 2"):
        send_answers(response=response, now=NOW)
    answer(response, Said(yes=False, text="It depends."), Said(text="Rents."))
    sent = send_answers(response=response, now=NOW)
    assert sent.answered_at == NOW
    assert AuditEntry.objects.get(action="answered questionnaire").actor == "system"
    assert answers_waiting().count() == (1 if datetime.date.today() <= ELECTION else 0)  # noqa: DTZ011


def test_what_is_sent_changes_no_more_until_staff_give_it_back(response: QuestionnaireResponse, staff: User) -> None:
    answer(response, Said(yes=True), Said(text="Rents."))
    send_answers(response=response, now=NOW)
    with pytest.raises(QuestionnaireError, match="no longer"):
        answer(response, Said(yes=False))
    publish_response(response=response, actor=staff, now=NOW)
    publish_response(response=response, actor=staff, now=NOW + DAY)
    with pytest.raises(QuestionnaireError, match="off the candidate"):
        give_back(response=response, actor=staff)
    hide_response(response=response, actor=staff)
    hide_response(response=response, actor=staff)
    give_back(response=response, actor=staff)
    give_back(response=response, actor=staff)
    answer(response, Said(yes=False))
    actions = (
        AuditEntry.objects.filter(subject=response.candidate.subject).order_by("pk").values_list("action", flat=True)
    )
    assert list(actions) == [
        "sent questionnaire", "answered questionnaire", "published answers", "hid answers", "gave questionnaire back",
    ]  # fmt: skip


def test_nothing_is_published_before_it_is_sent(response: QuestionnaireResponse, staff: User) -> None:
    with pytest.raises(QuestionnaireError, match="not sent"):
        publish_response(response=response, actor=staff, now=NOW)


def test_until_when_it_can_be_answered(response: QuestionnaireResponse, staff: User) -> None:
    on_the_day = datetime.datetime.combine(ELECTION, datetime.time(12), tzinfo=datetime.UTC)
    response = response_of(response_token(response), now=NOW)
    assert is_open(response, on_the_day)
    assert not is_open(response, on_the_day + DAY)
    with pytest.raises(QuestionnaireError, match="no longer"):
        answer(response, Said(yes=True), now=on_the_day + DAY)
    withdraw_candidate(candidate=response.candidate, because="Said so.", actor=staff, now=NOW)
    with pytest.raises(QuestionnaireError, match="no longer"):
        answer(response, Said(yes=True))


def test_the_staffs_home_page_counts_what_is_not_published() -> None:
    assert answers_waiting_in_words() == "What candidates are asked."


# --- answers of an earlier candidacy --------------------------------------------------------------------------


@pytest.fixture
def earlier(staff: User, version: Questionnaire) -> QuestionnaireResponse:
    """What Ann Lee answered a year before, in another race."""
    year_before = make_race(election_date=datetime.date(2025, 11, 4))
    response = send(make_candidate(year_before, "ANN LEE", email="ann@example.org"), staff, now=NOW - 365 * DAY)
    answer(response, Said(yes=True, text="Yes."), Said(text="Rents."), Said(text="Thanks."), now=NOW - 365 * DAY)
    return send_answers(response=response, now=NOW - 365 * DAY)


def test_earlier_answers_are_taken_over_in_one_press(
    earlier: QuestionnaireResponse, ann: Candidate, staff: User
) -> None:
    response = send(ann, staff)
    assert earlier_response(response, NOW) == earlier
    assert reuse_answers(response=response, now=NOW) == 3
    assert [one.said.text for one in asked_questions(response)] == ["Yes.", "Rents.", "Thanks."]
    response.refresh_from_db()
    assert response.reused_from == earlier
    assert send_answers(response=response, now=NOW).answered_at == NOW


def test_of_a_newer_version_only_the_same_questions_are_taken_over(
    earlier: QuestionnaireResponse, ann: Candidate, staff: User
) -> None:
    publish(staff, QuestionPlan("Do you  SUPPORT rent control?"), QuestionPlan("What of buses?"), WHY)
    response = send(ann, staff)
    answer(response, Said(), Said(text="More."), Said(text="Because of buses."))
    assert reuse_answers(response=response, now=NOW) == 1
    said = [one.said for one in asked_questions(response)]
    assert said == [Said(text="Yes."), Said(text="More."), Said(text="Because of buses.")]


def test_whose_and_how_old_answers_are_not_taken_over(
    earlier: QuestionnaireResponse, ann: Candidate, staff: User
) -> None:
    response = send(ann, staff)
    two_years_on = NOW + 366 * DAY
    assert earlier_response(response, two_years_on) is None
    other_address = make_candidate(make_race(), "Ann Lee", email="lee@example.org")
    other_name = make_candidate(make_race(), "Bo Diaz", email="ann@example.org")
    for other in (other_address, other_name):
        theirs = send(other, staff)
        assert earlier_response(theirs, NOW) is None
        with pytest.raises(QuestionnaireError, match="no earlier answers"):
            reuse_answers(response=theirs, now=NOW)
    give_back(response=earlier, actor=staff)
    assert earlier_response(response, NOW) is None
