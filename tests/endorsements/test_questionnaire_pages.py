"""The pages of questionnaires: staff's, and the candidate's behind the mailed link."""

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from endorsements.models import Answer, Candidate, Questionnaire, QuestionnaireResponse
from endorsements.questionnaires import QuestionPlan, questions_of
from endorsements.responses import Said, asked_questions, response_token, revoke_links
from foundation.accounts.models import StaffTask, User
from foundation.mail.models import OutgoingMail
from tests.factories import make_staff
from tests.signing_in import sign_in

from .making import make_candidate, make_race
from .making_questionnaires import FAR, make_response, make_version

pytestmark = pytest.mark.django_db

ANSWERS = (Said(yes=True, text="Yes."), Said(text="Rents."))
TYPED = {"yes_1": "yes", "text_1": "And soon.", "text_2": "Rents."}


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff(StaffTask.ENDORSEMENTS)
    sign_in(client, user)
    return user


def link_of(response: QuestionnaireResponse) -> str:
    return reverse("questionnaire_answers", args=[response_token(response)])


def texts_of(response: QuestionnaireResponse) -> list[str]:
    return [one.said.text for one in asked_questions(response)]


# --- behind the candidate's link ------------------------------------------------------------------------------


def test_opening_the_link_changes_nothing(client: Client) -> None:
    response = make_response(said=ANSWERS)
    before = [list(model.objects.order_by("pk").values()) for model in (QuestionnaireResponse, Answer)]
    for query in ("", "?step=check", "?do=send", "?do=reuse"):
        assert client.get(link_of(response) + query).status_code == 200
    assert [list(model.objects.order_by("pk").values()) for model in (QuestionnaireResponse, Answer)] == before


def test_a_candidate_saves_goes_on_checks_and_sends(client: Client) -> None:
    response = make_response()
    there = link_of(response)
    client.post(there, {"text_2": "Rents.", "do": "save"})
    assert texts_of(response) == ["", "Rents.", ""]
    assert "Rents." in client.get(there).content.decode()
    missing = client.post(there, {"text_2": "Rents.", "do": "check"})
    assert missing.status_code == 422
    assert "Answer question 1." in missing.content.decode()
    checked = client.post(there, {**TYPED, "do": "check"})
    assert checked.headers["Location"] == f"{there}?step=check"
    assert "Send my answers" in client.get(checked.headers["Location"]).content.decode()
    client.post(there, {"do": "send"})
    response.refresh_from_db()
    assert response.answered_at
    assert "Thank you for your answers" in client.get(there).content.decode()
    client.post(there, {"text_2": "Changed.", "do": "save"})
    assert texts_of(response)[1] == "Rents."


def test_sending_too_early_goes_back_with_the_reason(client: Client) -> None:
    response = make_response()
    answer = client.post(link_of(response), {"do": "send"}, follow=True)
    assert "These questions are not answered yet: 1, 2." in answer.content.decode()
    assert "Go on answering" in client.get(link_of(response) + "?step=check").content.decode()


def test_earlier_answers_are_offered_once(client: Client) -> None:
    make_response(said=ANSWERS, is_sent=True)
    again = make_candidate(make_race(election_date=FAR), "Ann Lee", email="ann@example.org")
    response = make_response(again)
    there = link_of(response)
    assert "Use my earlier answers" in client.get(there).content.decode()
    after = client.post(there, {"do": "reuse"}, follow=True).content.decode()
    assert "Your earlier answers are here: 2." in after
    assert "Use my earlier answers" not in after
    assert texts_of(response) == ["Yes.", "Rents.", ""]


def test_an_answer_that_is_too_long_is_said_and_not_saved(client: Client) -> None:
    response = make_response()
    refused = client.post(link_of(response), {"text_2": "x" * 4_001, "do": "save"})
    assert refused.status_code == 422
    assert not Answer.objects.exists()


def test_links_that_open_nothing(client: Client, staff: User) -> None:
    response = make_response()
    old = link_of(response)
    revoke_links(response=response, actor=staff, now=timezone.now())
    for there in (old, "/questionnaire/1:1:x/"):
        assert client.get(there).status_code == 404
        assert client.post(there, {"do": "send"}).status_code == 404


def test_after_a_withdrawal_it_is_too_late(client: Client) -> None:
    response = make_response()
    Candidate.objects.update(withdrawn_at=timezone.now(), withdrawn_because="Said so.")
    late = client.get(link_of(response))
    assert late.status_code == 410
    assert "can no longer be answered" in late.content.decode()


# --- of staff -------------------------------------------------------------------------------------------------


def test_staff_write_and_publish_a_version(staff: User, client: Client) -> None:
    client.post(reverse("questionnaires"), {"level": "state"})
    draft = Questionnaire.objects.get()
    there = reverse("questionnaire_version", args=[draft.pk])
    given = {"title": "Our questions", "text_1": "Why?", "must_1": "on", "text_3": "More?", "yes_3": "on"}
    client.post(there, given)
    assert questions_of(draft) == [QuestionPlan("Why?"), QuestionPlan("More?", True, False)]
    page = client.get(reverse("questionnaire_publish", args=[draft.pk])).content.decode()
    assert "More?" in page
    client.post(reverse("questionnaire_publish", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.published_at
    assert "sent to 0 candidates" in client.get(there).content.decode()
    assert client.get(reverse("questionnaire_publish", args=[draft.pk])).status_code == 302
    client.post(there, given)
    assert questions_of(draft) == [QuestionPlan("Why?"), QuestionPlan("More?", True, False)]


def test_a_version_of_no_level_is_refused_and_one_of_nothing_is_not_published(staff: User, client: Client) -> None:
    assert client.post(reverse("questionnaires"), {"level": "x"}).status_code == 422
    client.post(reverse("questionnaires"), {"level": "party"})
    draft = Questionnaire.objects.get()
    client.post(reverse("questionnaire_publish", args=[draft.pk]))
    draft.refresh_from_db()
    assert draft.published_at is None


def test_staff_send_it_and_decide_what_is_shown(staff: User, client: Client) -> None:
    make_version()
    ann = make_candidate(make_race(election_date=FAR), "Ann Lee", email="ann@example.org")
    there = reverse("national_candidate_questionnaire", args=[ann.pk])
    client.post(there, {"due": "2089-01-01", "language": "es"})
    response = QuestionnaireResponse.objects.get()
    assert (response.language, OutgoingMail.objects.get().to_email) == ("es", "ann@example.org")
    key = {"response": str(response.pk)}
    client.post(there, {**key, "do": "publish"})
    response.refresh_from_db()
    assert response.published_at is None
    client.post(there, {**key, "do": "revoke"})
    response.refresh_from_db()
    assert response.link_number == 2
    client.post(link_of(response), {**TYPED, "do": "check"})
    client.post(link_of(response), {"do": "send"})
    assert "And soon." in client.get(there).content.decode()
    client.post(there, {**key, "do": "publish"})
    assert "And soon." in client.get(ann.get_absolute_url()).content.decode()
    client.post(there, {**key, "do": "hide"})
    assert "And soon." not in client.get(ann.get_absolute_url()).content.decode()
    client.post(there, {**key, "do": "give back"})
    again = QuestionnaireResponse.objects.get()
    assert (again.published_at, again.answered_at) == (None, None)


def test_staff_do_not_see_what_is_not_sent(staff: User, client: Client) -> None:
    response = make_response(said=(Said(yes=True, text="Not for you yet."),))
    there = reverse("national_candidate_questionnaire", args=[response.candidate_id])
    page = client.get(there).content.decode()
    assert "Not for you yet." not in page
    assert "You see the answers when the candidate sends them." in page


def test_acts_are_on_the_candidates_own_responses_only(staff: User, client: Client) -> None:
    theirs = make_response(said=ANSWERS, is_sent=True)
    other = make_candidate(make_race(election_date=FAR))
    there = reverse("national_candidate_questionnaire", args=[other.pk])
    for key in (str(theirs.pk), "x", ""):
        assert client.post(there, {"do": "publish", "response": key}).status_code == 404


def test_whose_answers_wait_stands_on_the_page_of_questionnaires(staff: User, client: Client) -> None:
    make_response(said=ANSWERS, is_sent=True)
    assert "Ann Lee" in client.get(reverse("questionnaires")).content.decode()
    assert "1 candidate’s answers are not published" in client.get(reverse("staff_home")).content.decode()
