"""How the pages of races are opened for the gates."""

import datetime
from typing import Any

from django.utils import timezone
from playwright.sync_api import Page as BrowserPage

from affiliates.models import Group
from endorsements.interests import declare
from endorsements.models import Candidate, ConflictKind, Race, ResearchNote, Result
from endorsements.nominations import nominate, withdraw_nomination
from endorsements.questionnaires import QuestionPlan, begin_version, change_version
from endorsements.responses import Said, publish_response, response_token
from endorsements.urls_races import (
    NATIONAL_CANDIDATE,
    NATIONAL_RACE,
    NATIONAL_RACES,
    NOMINATIONS,
    QUESTIONNAIRE_ANSWERS,
    QUESTIONNAIRES,
    RESEARCH,
)
from foundation.accounts.models import StaffTask, User
from tests.endorsements.making import make_area, make_candidate, make_race
from tests.endorsements.making_questionnaires import FAR, QUESTIONS, make_response, make_version
from tests.factories import make_contact, make_group, make_staff

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
ANSWERS = (Said(yes=True, text=f"Yes: {LONG}"), Said(text="Rents.\n\nAnd buses."))


def make_keeper() -> User:
    return make_staff(StaffTask.ENDORSEMENTS, email="stella.staff@example.org")


def make_nominating() -> tuple[Group, User]:
    group = make_group("Table of Plenty")
    return group, make_contact(group)


def coming(**fields: Any) -> Race:
    """A race to come near the groups of tests, with its days."""
    today = timezone.localdate()
    values: dict[str, Any] = {
        "filing_deadline": today + datetime.timedelta(days=9),
        "primary_date": today + datetime.timedelta(days=40),
        "election_date": FAR,
        **fields,
    }
    return make_race(**values)


def make_full_race() -> Race:
    """A race with nominated, withdrawn, proposed and answering candidates, and with conflicts declared."""
    now = timezone.now()
    race = coming(about=f"An open seat.\n\n{LONG}", is_open_seat=True)
    ann = make_candidate(race, "Ann Peñasco de la Cruz", party="Independent", is_incumbent=True, email="a@example.org")
    make_response(ann, said=ANSWERS, is_sent=True)
    make_candidate(race, LONG, withdrawn_at=now, withdrawn_because="Said so.")
    proposed = make_candidate(race, "Bo Díaz", confirmed_at=None)
    for candidate, name in ((ann, "Friends of Soup"), (ann, LONG), (proposed, "Table of Plenty")):
        group = make_group(name)
        contact = make_contact(group)
        nominate(group=group, candidate=candidate, reason=f"She listens.\n\n{LONG}", actor=contact, now=now)
        declare(race=race, user=contact, kind=ConflictKind.PAID, candidate=candidate, words=LONG, now=now)
    return race


def make_known(candidate: Candidate) -> Candidate:
    """The candidate with links and research."""
    candidate.links.create(label="Website", url="https://example.org/ann")
    now = timezone.now()
    ResearchNote.objects.create(candidate=candidate, text=f"Voted for it, see https://example.org/x {LONG}", at=now)
    ResearchNote.objects.create(
        candidate=candidate, file_name=f"{LONG}.txt", file_kind="text/plain", file=b"x", by=make_keeper(), at=now
    )
    return candidate


# --- races, for staff -----------------------------------------------------------------------------------------


@page(NATIONAL_RACES)
def national_races() -> Visit:
    make_full_race()
    coming(office=LONG, area=None)
    coming(office="City Council", confirmed_at=None, proposed_by=make_group())
    return Visit("/national/races/", user=make_keeper())


@page(NATIONAL_RACES)
def national_races_none() -> Visit:
    return Visit("/national/races/", user=make_keeper())


@page(NATIONAL_RACES)
def national_races_filtered() -> Visit:
    coming()
    return Visit("/national/races/?state=CA&level=state&when=past&area=unknown&q=x", user=make_keeper())


@page(NATIONAL_RACES)
def national_races_on_several_pages() -> Visit:
    area = make_area()
    for number in range(51):
        coming(area=area, office=f"Council {number}")
    return Visit("/national/races/?state=MA", user=make_keeper())


@page(f"{NATIONAL_RACES}new/")
def race_new() -> Visit:
    return Visit("/national/races/new/", user=make_keeper())


@page(f"{NATIONAL_RACES}new/")
def race_new_of_nothing() -> Visit:
    return Visit("/national/races/new/", user=make_keeper(), then=send(), status=422)


def on(race: Race, below: str = "") -> str:
    return f"/national/races/{race.pk}/{below}"


@page(NATIONAL_RACE)
def national_race() -> Visit:
    return Visit(on(make_full_race()), user=make_keeper())


@page(NATIONAL_RACE)
def national_race_without_anybody() -> Visit:
    race = coming(office="State Senate", district="7", level="state")
    Race.objects.filter(pk=race.pk).update(area=None)
    return Visit(on(race), user=make_keeper())


@page(NATIONAL_RACE)
def national_race_proposed() -> Visit:
    race = coming(confirmed_at=None, proposed_by=make_group(LONG))
    make_candidate(race, "Bo Díaz", confirmed_at=None)
    return Visit(on(race), user=make_keeper())


@page(f"{NATIONAL_RACE}change/")
def race_change() -> Visit:
    return Visit(on(coming(), "change/"), user=make_keeper())


@page(f"{NATIONAL_RACE}change/")
def race_change_to_contradiction() -> Visit:
    steps = send(primary_date="2091-01-01")
    return Visit(on(coming(), "change/"), user=make_keeper(), then=steps, status=422)


@page(f"{NATIONAL_RACE}area/")
def race_area() -> Visit:
    race = coming(office="Mayor", district="Cambridge")
    make_area("02139", name="Cambridge, wards 1 to 3")
    return Visit(on(race, "area/"), user=make_keeper())


@page(f"{NATIONAL_RACE}area/")
def race_area_of_unknown_counties() -> Visit:
    def steps(page: BrowserPage) -> None:
        page.locator("main [name=how][value=counties]").check()
        page.locator("main [name=counties]").fill("Atlantis, MA")
        page.locator("main form.stack button").click()
        page.wait_for_load_state()

    race = coming(office="State Senate", district="7", level="state")
    return Visit(on(race, "area/"), user=make_keeper(), then=steps, status=422)


@page(f"{NATIONAL_RACE}decline/")
def race_decline() -> Visit:
    return Visit(on(coming(confirmed_at=None, proposed_by=make_group()), "decline/"), user=make_keeper())


@page(f"{NATIONAL_RACE}decline/")
def race_decline_without_a_reason() -> Visit:
    race = coming(confirmed_at=None, proposed_by=make_group())
    return Visit(on(race, "decline/"), user=make_keeper(), then=send(), status=422)


@page(f"{NATIONAL_RACE}fold/")
def race_fold() -> Visit:
    known = coming()
    race = coming(confirmed_at=None, proposed_by=make_group(), state=known.state)
    return Visit(on(race, "fold/"), user=make_keeper())


@page(f"{NATIONAL_RACE}fold/")
def race_fold_without_a_choice() -> Visit:
    known = coming()
    race = coming(confirmed_at=None, proposed_by=make_group(), state=known.state)
    return Visit(on(race, "fold/"), user=make_keeper(), then=send(), status=422)


@page(f"{NATIONAL_RACE}fold/")
def race_fold_into_none() -> Visit:
    return Visit(on(coming(confirmed_at=None, proposed_by=make_group()), "fold/"), user=make_keeper())


# --- candidates, for staff ------------------------------------------------------------------------------------


def of(candidate: Candidate, below: str = "") -> str:
    return f"/national/candidates/{candidate.pk}/{below}"


@page(f"{NATIONAL_RACE}candidates/new/")
def candidate_new() -> Visit:
    return Visit(on(coming(), "candidates/new/"), user=make_keeper())


@page(f"{NATIONAL_RACE}candidates/new/")
def candidate_new_without_a_name() -> Visit:
    steps = send(label_1="Website", email="no address")
    return Visit(on(coming(), "candidates/new/"), user=make_keeper(), then=steps, status=422)


@page(NATIONAL_CANDIDATE)
def national_candidate() -> Visit:
    race = make_full_race()
    ann = make_known(race.candidates.get(slug__isnull=False, is_incumbent=True))
    return Visit(of(ann), user=User.objects.get(email="stella.staff@example.org"))


@page(NATIONAL_CANDIDATE)
def national_candidate_of_whom_nothing_is_known() -> Visit:
    return Visit(of(make_candidate(coming(), confirmed_at=None)), user=make_keeper())


@page(NATIONAL_CANDIDATE)
def national_candidate_afterwards() -> Visit:
    race = make_race(election_date=datetime.date(2024, 11, 5))
    return Visit(of(make_candidate(race, primary_result=Result.WON, result=Result.WON)), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}research/")
def candidate_research_of_nothing() -> Visit:
    return Visit(of(make_candidate(coming())), user=make_keeper(), then=send(press="main details button"), status=422)


@page(f"{NATIONAL_CANDIDATE}change/")
def candidate_change() -> Visit:
    return Visit(of(make_known(make_candidate(coming())), "change/"), user=User.objects.get(is_staff=True))


@page(f"{NATIONAL_CANDIDATE}decline/")
def candidate_decline() -> Visit:
    return Visit(of(make_candidate(coming(), LONG, confirmed_at=None), "decline/"), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}decline/")
def candidate_decline_without_a_reason() -> Visit:
    candidate = make_candidate(coming(), confirmed_at=None)
    return Visit(of(candidate, "decline/"), user=make_keeper(), then=send(), status=422)


@page(f"{NATIONAL_CANDIDATE}withdraw/")
def candidate_withdraw() -> Visit:
    return Visit(of(make_candidate(coming()), "withdraw/"), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}withdraw/")
def candidate_withdraw_without_a_reason() -> Visit:
    return Visit(of(make_candidate(coming()), "withdraw/"), user=make_keeper(), then=send(), status=422)


@page(f"{NATIONAL_CANDIDATE}result/")
def candidate_result() -> Visit:
    return Visit(of(make_candidate(coming()), "result/"), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}result/")
def candidate_result_too_early() -> Visit:
    def steps(page: BrowserPage) -> None:
        page.locator("main [name=result][value=won]").check()
        page.locator("main form button").first.click()
        page.wait_for_load_state()

    return Visit(of(make_candidate(coming()), "result/"), user=make_keeper(), then=steps, status=422)


@page(f"{RESEARCH}remove/")
def research_remove() -> Visit:
    candidate = make_known(make_candidate(coming()))
    note = candidate.research.exclude(file_name="").get()
    return Visit(of(candidate, f"research/{note.pk}/remove/"), user=User.objects.get(is_staff=True))


# --- questionnaires, for staff --------------------------------------------------------------------------------


@page(f"{NATIONAL_CANDIDATE}questionnaire/")
def candidate_questionnaire_to_send() -> Visit:
    make_version()
    candidate = make_candidate(coming(), email="ann@example.org")
    return Visit(of(candidate, "questionnaire/"), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}questionnaire/")
def candidate_questionnaire_without_a_version() -> Visit:
    return Visit(of(make_candidate(coming()), "questionnaire/"), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}questionnaire/")
def candidate_questionnaire_of_yesterday() -> Visit:
    make_version()
    candidate = make_candidate(coming(), email="ann@example.org")
    steps = send(press="main form.stack button", due="2020-01-01")
    return Visit(of(candidate, "questionnaire/"), user=make_keeper(), then=steps, status=422)


@page(f"{NATIONAL_CANDIDATE}questionnaire/")
def candidate_questionnaire_answered() -> Visit:
    response = make_response(said=ANSWERS, is_sent=True)
    return Visit(of(response.candidate, "questionnaire/"), user=make_keeper())


@page(f"{NATIONAL_CANDIDATE}questionnaire/")
def candidate_questionnaire_sent_and_an_older_one_published() -> Visit:
    keeper = make_keeper()
    response = make_response(said=ANSWERS, is_sent=True)
    publish_response(response=response, actor=keeper, now=timezone.now())
    newer = make_version()
    response.candidate.responses.create(questionnaire=newer, sent_at=timezone.now(), reused_from=response)
    return Visit(of(response.candidate, "questionnaire/"), user=keeper)


@page(QUESTIONNAIRES)
def questionnaires() -> Visit:
    make_response(said=ANSWERS, is_sent=True)
    begin_version(level="local", actor=None, now=timezone.now())
    return Visit("/national/questionnaires/", user=make_keeper())


@page(QUESTIONNAIRES)
def questionnaires_none() -> Visit:
    return Visit("/national/questionnaires/", user=make_keeper())


@page(f"{QUESTIONNAIRES}<int:pk>/")
def questionnaire_version_published() -> Visit:
    return Visit(f"/national/questionnaires/{make_version().pk}/", user=make_keeper())


@page(f"{QUESTIONNAIRES}<int:pk>/")
def questionnaire_draft() -> Visit:
    make_version()
    draft = begin_version(level="local", actor=None, now=timezone.now())
    return Visit(f"/national/questionnaires/{draft.pk}/", user=make_keeper())


@page(f"{QUESTIONNAIRES}<int:pk>/")
def questionnaire_draft_that_asks_twice() -> Visit:
    draft = begin_version(level="local", actor=None, now=timezone.now())
    steps = send(text_1="Why?", text_2="Why?")
    return Visit(f"/national/questionnaires/{draft.pk}/", user=make_keeper(), then=steps, status=422)


@page(f"{QUESTIONNAIRES}<int:pk>/publish/")
def questionnaire_publish() -> Visit:
    make_version()
    draft = begin_version(level="local", actor=None, now=timezone.now())
    more = [*QUESTIONS, QuestionPlan(LONG)]
    change_version(questionnaire=draft, title=LONG, questions=more, read=QUESTIONS, actor=None)
    return Visit(f"/national/questionnaires/{draft.pk}/publish/", user=make_keeper())


@page(f"{QUESTIONNAIRES}<int:pk>/publish/")
def questionnaire_publish_of_nothing() -> Visit:
    draft = begin_version(level="party", actor=None, now=timezone.now())
    return Visit(f"/national/questionnaires/{draft.pk}/publish/", user=make_keeper())


# --- behind the candidate's link ------------------------------------------------------------------------------


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_answers() -> Visit:
    return Visit(f"/questionnaire/{response_token(make_response())}/", has_own_language=False)


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_answers_with_earlier_ones() -> Visit:
    make_response(said=ANSWERS, is_sent=True)
    again = make_candidate(make_race(election_date=FAR), "Ann Lee", email="ann@example.org")
    return Visit(f"/questionnaire/{response_token(make_response(again, said=ANSWERS[:1]))}/")


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_answers_that_are_missing() -> Visit:
    there = f"/questionnaire/{response_token(make_response())}/"
    return Visit(there, then=send(press="main button[value=check]"), status=422)


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_check() -> Visit:
    return Visit(f"/questionnaire/{response_token(make_response(said=ANSWERS))}/?step=check")


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_check_too_early() -> Visit:
    return Visit(f"/questionnaire/{response_token(make_response())}/?step=check")


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_answered() -> Visit:
    return Visit(f"/questionnaire/{response_token(make_response(said=ANSWERS, is_sent=True))}/")


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_too_late() -> Visit:
    response = make_response()
    Candidate.objects.update(withdrawn_at=timezone.now(), withdrawn_because="Said so.")
    return Visit(f"/questionnaire/{response_token(response)}/", status=410)


@page(QUESTIONNAIRE_ANSWERS)
def questionnaire_of_a_forged_link() -> Visit:
    return Visit("/questionnaire/x:y/", status=404)


# --- of a group -----------------------------------------------------------------------------------------------


@page(NOMINATIONS)
def group_nominations() -> Visit:
    group, contact = make_nominating()
    race, now = coming(), timezone.now()
    for name in ("Ann Lee", LONG, "Bo Díaz"):
        candidate = make_candidate(race, name)
        last = nominate(group=group, candidate=candidate, reason=f"She listens.\n\n{LONG}", actor=contact, now=now)
    withdraw_nomination(nomination=last, actor=contact, now=now)
    coming(office=LONG)
    return Visit(f"/organize/groups/{group.slug}/nominations/", user=contact)


@page(NOMINATIONS)
def group_nominations_none() -> Visit:
    group, contact = make_nominating()
    return Visit(f"/organize/groups/{group.slug}/nominations/", user=contact)


@page(NOMINATIONS)
def group_nominations_of_a_forming_group() -> Visit:
    group = make_group(status="forming")
    return Visit(f"/organize/groups/{group.slug}/nominations/", user=make_contact(group), status=403)


@page(f"{NOMINATIONS}new/")
def nomination_new() -> Visit:
    group, contact = make_nominating()
    race = coming()
    for name in ("Ann Lee", LONG):
        make_candidate(race, name)
    return Visit(f"/organize/groups/{group.slug}/nominations/new/", user=contact)


@page(f"{NOMINATIONS}new/")
def nomination_new_where_nobody_is_known() -> Visit:
    group, contact = make_nominating()
    return Visit(f"/organize/groups/{group.slug}/nominations/new/", user=contact, then=send(), status=422)


@page(f"{NOMINATIONS}new/")
def nomination_new_of_somebody_in_another_race() -> Visit:
    group, contact = make_nominating()
    coming()

    def steps(page: BrowserPage) -> None:
        page.locator("main [name=race]").select_option("else")
        send(name="Bo Díaz", reason="Housing.")(page)

    return Visit(f"/organize/groups/{group.slug}/nominations/new/", user=contact, then=steps, status=422)


@page(f"{NOMINATIONS}<int:pk>/withdraw/")
def nomination_withdraw() -> Visit:
    group, contact = make_nominating()
    candidate = make_candidate(coming(), LONG)
    nomination = nominate(group=group, candidate=candidate, reason="x", actor=contact, now=timezone.now())
    return Visit(f"/organize/groups/{group.slug}/nominations/{nomination.pk}/withdraw/", user=contact)


@page(f"{NOMINATIONS}interests/")
def group_interests() -> Visit:
    group, contact = make_nominating()
    now = timezone.now()
    for kind in (ConflictKind.PAID, ConflictKind.VOLUNTEER):
        interest = declare(race=coming(), user=contact, kind=kind, words=LONG, now=now)
    interest.ended_at = now
    interest.save()
    return Visit(f"/organize/groups/{group.slug}/nominations/interests/", user=contact)


@page(f"{NOMINATIONS}interests/")
def group_interests_of_nothing() -> Visit:
    group, contact = make_nominating()
    there = f"/organize/groups/{group.slug}/nominations/interests/"
    return Visit(there, user=contact, then=send(press="main form.stack button"), status=422)


@page("organize/groups/<slug:slug>/")
def group_dashboard_with_a_race_soon() -> Visit:
    group, contact = make_nominating()
    make_candidate(coming(election_date=timezone.localdate() + datetime.timedelta(days=50)))
    return Visit(f"/organize/groups/{group.slug}/", user=contact)
