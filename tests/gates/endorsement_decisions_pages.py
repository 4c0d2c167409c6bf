"""How the pages of decisions are opened for the gates."""

import datetime

from django.utils import timezone

from affiliates.models import Group, Role
from endorsements.decisions import decide, withdraw_endorsement
from endorsements.interests import declare
from endorsements.models import (
    AllowedNaming,
    Answer,
    Candidate,
    CandidateLink,
    ConflictKind,
    CounterEndorsement,
    Endorsement,
    Level,
    Question,
    Questionnaire,
    QuestionnaireResponse,
    Race,
    Result,
)
from endorsements.urls_decisions import CONFLICTS, GROUP_ENDORSEMENTS, NAMINGS, NATIONAL_ENDORSEMENTS
from events.models import EventState
from foundation.accounts.models import User
from tests.endorsements.deciding import (
    DAY,
    FAR_ELECTION,
    endorse_nationally,
    make_conflict,
    make_decider,
    make_group_endorsement,
    recommend,
)
from tests.endorsements.making import make_area, make_candidate, make_race
from tests.events.making import make_event
from tests.factories import make_contact, make_group

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
WORDS = "She has fought for a library in every ward.\n\nAnd she listens."


def make_far_race(office: str = "State Representative", **fields: object) -> Race:
    return make_race(office=office, area=make_area("02139"), election_date=FAR_ELECTION, **fields)


def make_endorsed(name: str = "Jane Kim", race: Race | None = None, **fields: object) -> Endorsement:
    candidate = make_candidate(race or make_far_race(), name, party="Working Families", **fields)
    return endorse_nationally(candidate, now=timezone.now() - 2 * DAY, statement=WORDS)


def make_record() -> None:
    """Endorsements of some years, with results."""
    today = timezone.localdate()
    for number, (level, result) in enumerate(
        [(Level.LOCAL, Result.WON), (Level.LOCAL, Result.LOST), (Level.STATE, Result.WON), (Level.PARTY, Result.WON)]
    ):
        held = today - datetime.timedelta(days=200 + 300 * number)
        race = make_race(office="County Recorder", level=level, party="Green", election_date=held)
        candidate = make_candidate(race, f"Greg {number} {LONG if number == 2 else ''}", result=result)
        endorse_nationally(candidate, now=timezone.now() - 9 * DAY)


def make_house() -> tuple[Group, User]:
    group = make_group("Table of Plenty")
    return group, make_contact(group)


# --- for the public ---------------------------------------------------------------------------------------------


@page("endorsements/")
def endorsements() -> Visit:
    make_endorsed(f"Jane {LONG}")
    make_endorsed("Ana Díaz", make_far_race("Mayor", primary_date=timezone.localdate()), primary_result=Result.WON)
    make_record()
    return Visit("/endorsements/")


@page("endorsements/")
def endorsements_none() -> Visit:
    return Visit("/endorsements/")


@page("endorsements/")
def endorsements_narrowed_to_none() -> Visit:
    make_endorsed()
    return Visit("/endorsements/?state=AK&level=federal&year=2026")


@page("endorsements/")
def endorsements_of_many_pages() -> Visit:
    for number in range(31):
        make_endorsed(f"Jane Kim the {number}", make_far_race(f"Council {number}"))
    return Visit("/endorsements/?page=2")


@page("endorsements/")
def endorsements_of_a_year_that_is_none() -> Visit:
    return Visit("/endorsements/?year=next", status=400)


@page("endorsements/")
def my_ballot() -> Visit:
    race = make_far_race(primary_date=timezone.localdate())
    make_endorsed("Jane Kim", race)
    free, empty = make_far_race("Mayor"), make_far_race("Sheriff", district=LONG)
    make_group_endorsement(make_group(), make_candidate(free, "Ana Díaz"))
    for name in ("Bo", "Cy"):
        make_candidate(make_far_race(f"Council {name}"), name)
    return Visit(f"/endorsements/?near=02139#{empty.slug}")


@page("endorsements/")
def my_ballot_of_a_town() -> Visit:
    make_endorsed()
    return Visit("/endorsements/?near=Cambridge,%20MA")


@page("endorsements/")
def my_ballot_without_a_race() -> Visit:
    make_endorsed()
    return Visit("/endorsements/?near=90210")


@page("endorsements/")
def my_ballot_of_an_unknown_place() -> Visit:
    return Visit("/endorsements/?near=Xqzwvk", status=404)


def make_full_candidate() -> Candidate:
    """One with all that a page can show."""
    race = make_far_race(filing_deadline=timezone.localdate(), primary_date=timezone.localdate(), about=WORDS)
    candidate = make_endorsed("Jane Kim", race, about=f"A nurse.\n\n{LONG}", is_incumbent=True).candidate
    CandidateLink.objects.create(candidate=candidate, label="Campaign", url="https://jane.example.org/")
    make_group_endorsement(make_group("Friends of Soup"), candidate)
    asked = Questionnaire.objects.create(
        level=race.level, version=1, title="Local priorities", published_at=timezone.now()
    )
    now = timezone.now()
    response = QuestionnaireResponse.objects.create(
        candidate=candidate, questionnaire=asked, answered_at=now, published_at=now
    )
    for place, (text, yes) in enumerate([("Do you support a living wage?", True), ("Your first act?", None)], start=1):
        question = Question.objects.create(questionnaire=asked, position=place, text=text, is_yes_or_no=yes is not None)
        Answer.objects.create(response=response, question=question, yes=yes, text=WORDS)
    return candidate


@page("endorsements/candidates/<slug:slug>/")
def candidate_page() -> Visit:
    return Visit(make_full_candidate().get_absolute_url())


@page("endorsements/candidates/<slug:slug>/")
def candidate_page_of_an_opponent() -> Visit:
    race = make_endorsed().race
    return Visit(make_candidate(race, LONG, withdrawn_at=timezone.now(), withdrawn_because="Ill.").get_absolute_url())


@page("endorsements/candidates/<slug:slug>/")
def candidate_page_of_one_whom_nobody_endorses() -> Visit:
    return Visit(make_candidate(make_far_race(), "Ada Abe").get_absolute_url())


@page("endorsements/candidates/<slug:slug>/")
def candidate_page_after_a_withdrawal() -> Visit:
    return Visit(make_withdrawn().candidate.get_absolute_url())


def make_withdrawn() -> Endorsement:
    endorsement = make_endorsed()
    withdraw_endorsement(
        endorsement=endorsement, because=f"She left.\n{LONG}", actor=make_decider(), now=timezone.now()
    )
    return endorsement


@page("endorsements/races/<slug:slug>/")
def race_page() -> Visit:
    candidate = make_full_candidate()
    make_candidate(candidate.race, LONG, party="Rent Is Too High", is_incumbent=True)
    make_candidate(candidate.race, "Bo", withdrawn_at=timezone.now(), withdrawn_because="Ill.")
    make_endorsed("Ana Díaz")
    return Visit(candidate.race.get_absolute_url())


@page("endorsements/races/<slug:slug>/")
def race_page_without_anybody() -> Visit:
    return Visit(make_far_race(is_open_seat=True).get_absolute_url())


@page("endorsements/races/<slug:slug>/")
def race_page_after_the_election() -> Visit:
    make_record()
    return Visit(Endorsement.objects.earliest("pk").race.get_absolute_url())


# --- for a group ------------------------------------------------------------------------------------------------


@page("groups/<slug:slug>/")
def group_page_with_endorsements() -> Visit:
    group, _contact = make_house()
    make_group_endorsement(group, make_candidate(make_far_race(), LONG))
    return Visit(group.get_absolute_url())


@page("organize/groups/<slug:slug>/")
def group_dashboard_with_a_conflict() -> Visit:
    group, contact = make_house()
    make_conflict(group, opened_at=timezone.now())
    return Visit(f"/organize/groups/{group.slug}/", user=contact)


@page("organize/groups/<slug:slug>/page/")
def group_page_edit_that_names_an_opponent() -> Visit:
    group, contact = make_house()
    race = make_endorsed().race
    make_candidate(race, "Bo Opponent")
    steps = send(press="main button[value=publish]", about="We are for Bo Opponent.")
    return Visit(f"/organize/groups/{group.slug}/page/", user=contact, then=steps, status=422)


@page(GROUP_ENDORSEMENTS)
def group_endorsements() -> Visit:
    group, contact = make_house()
    make_group_endorsement(group, make_candidate(make_far_race("Sheriff"), LONG))
    make_conflict(group, opened_at=timezone.now())
    make_far_race("Mayor")
    make_endorsed()
    return Visit(f"/organize/groups/{group.slug}/endorsements/", user=contact)


@page(GROUP_ENDORSEMENTS)
def group_endorsements_none_for_an_organizer() -> Visit:
    group = make_group()
    return Visit(f"/organize/groups/{group.slug}/endorsements/", user=make_contact(group, role=Role.ORGANIZER))


@page(GROUP_ENDORSEMENTS)
def group_endorsements_of_a_forming_group() -> Visit:
    group = make_group(status="forming")
    return Visit(f"/organize/groups/{group.slug}/endorsements/", user=make_contact(group), status=403)


@page(f"{GROUP_ENDORSEMENTS}races/<slug:race>/")
def group_endorse() -> Visit:
    group, contact = make_house()
    race = make_far_race()
    for name in ("Ana Díaz", LONG):
        make_candidate(race, name, party="Green")
    return Visit(f"/organize/groups/{group.slug}/endorsements/races/{race.slug}/", user=contact)


@page(f"{GROUP_ENDORSEMENTS}races/<slug:race>/")
def group_endorse_without_a_choice() -> Visit:
    group, contact = make_house()
    race = make_candidate(make_far_race(), "Ana Díaz").race
    there = f"/organize/groups/{group.slug}/endorsements/races/{race.slug}/"
    return Visit(there, user=contact, then=send(), status=422)


@page(f"{GROUP_ENDORSEMENTS}races/<slug:race>/")
def group_endorse_against_national() -> Visit:
    group, contact = make_house()
    race = make_endorsed("Zoe Kim").race
    make_candidate(race, "Bo Opponent")

    def steps(browser: object) -> None:
        browser.locator("main [name=candidate]").first.check()  # type: ignore[attr-defined]
        send()(browser)  # type: ignore[arg-type]

    there = f"/organize/groups/{group.slug}/endorsements/races/{race.slug}/"
    return Visit(there, user=contact, then=steps, status=422)


@page(f"{GROUP_ENDORSEMENTS}<int:pk>/withdraw/")
def group_endorsement_withdraw() -> Visit:
    group, contact = make_house()
    own = make_group_endorsement(group, make_candidate(make_far_race(), LONG))
    return Visit(f"/organize/groups/{group.slug}/endorsements/{own.pk}/withdraw/", user=contact)


# --- for staff --------------------------------------------------------------------------------------------------


def make_recommended(name: str = "Jane Kim", *, days: int = 3) -> Endorsement:
    closed_at = timezone.now() - days * DAY
    candidate = make_candidate(make_far_race(), name)
    return recommend(candidate, asked=[make_group(), make_group()], closed_at=closed_at)


def make_half_decided() -> Endorsement:
    endorsement = make_recommended()
    decide(
        endorsement=endorsement, approves=True, because=f"She listens. {LONG}", actor=make_decider(),
        now=timezone.now(), statement=WORDS, public_from=timezone.now() + 3 * DAY,
    )  # fmt: skip
    return endorsement


def on(endorsement: Endorsement, below: str = "") -> str:
    return f"/national/endorsements/{endorsement.pk}/{below}"


@page(NATIONAL_ENDORSEMENTS)
def national_endorsements() -> Visit:
    make_recommended(LONG, days=20)
    make_half_decided()
    make_endorsed()
    make_withdrawn()
    return Visit("/national/endorsements/", user=make_decider())


@page(NATIONAL_ENDORSEMENTS)
def national_endorsements_none() -> Visit:
    return Visit("/national/endorsements/", user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/")
def national_endorsement() -> Visit:
    staff, endorsement = make_decider(), make_recommended()
    declare(
        race=endorsement.race, user=make_decider(), kind=ConflictKind.FAMILY, candidate=endorsement.candidate,
        words="My sister.", now=timezone.now(),
    )  # fmt: skip
    return Visit(on(endorsement), user=staff)


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/")
def national_endorsement_half_decided() -> Visit:
    return Visit(on(make_half_decided()), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/")
def national_endorsement_in_force() -> Visit:
    conflict = make_conflict(make_group(), opened_at=timezone.now())
    return Visit(on(conflict.endorsement), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/")
def national_endorsement_withdrawn() -> Visit:
    return Visit(on(make_withdrawn()), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/approve/")
def national_endorsement_approve() -> Visit:
    return Visit(on(make_recommended(), "approve/"), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/approve/")
def national_endorsement_approve_without_a_reason() -> Visit:
    steps = send(day="2090-01-01")
    return Visit(on(make_recommended(), "approve/"), user=make_decider(), then=steps, status=422)


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/approve/")
def national_endorsement_approve_as_the_second() -> Visit:
    return Visit(on(make_half_decided(), "approve/"), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/decline/")
def national_endorsement_decline() -> Visit:
    return Visit(on(make_recommended(), "decline/"), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/decline/")
def national_endorsement_decline_without_a_reason() -> Visit:
    return Visit(on(make_recommended(), "decline/"), user=make_decider(), then=send(), status=422)


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/withdraw/")
def national_endorsement_withdraw() -> Visit:
    return Visit(on(make_endorsed(), "withdraw/"), user=make_decider())


@page(f"{NATIONAL_ENDORSEMENTS}<int:pk>/withdraw/")
def national_endorsement_withdraw_without_a_reason() -> Visit:
    return Visit(on(make_endorsed(), "withdraw/"), user=make_decider(), then=send(), status=422)


@page(CONFLICTS)
def national_conflicts() -> Visit:
    now = timezone.now()
    make_conflict(make_group(LONG), opened_at=now - 20 * DAY, title=LONG)
    make_conflict(make_group(), opened_at=now)
    ended = make_conflict(make_group(), opened_at=now)
    CounterEndorsement.objects.filter(pk=ended.pk).update(outcome="cured", outcome_at=now)
    return Visit("/national/endorsements/conflicts/", user=make_decider())


@page(CONFLICTS)
def national_conflicts_none() -> Visit:
    return Visit("/national/endorsements/conflicts/", user=make_decider())


def make_late_conflict() -> str:
    conflict = make_conflict(make_group(), opened_at=timezone.now() - 20 * DAY, title=LONG)
    return f"/national/endorsements/conflicts/{conflict.pk}/"


@page(f"{CONFLICTS}<int:pk>/")
def national_conflict() -> Visit:
    return Visit(make_late_conflict(), user=make_decider())


@page(f"{CONFLICTS}<int:pk>/")
def national_conflict_without_a_word() -> Visit:
    return Visit(make_late_conflict(), user=make_decider(), then=send(), status=422)


@page(f"{CONFLICTS}<int:pk>/")
def national_conflict_ended() -> Visit:
    conflict = make_conflict(make_group(), opened_at=timezone.now())
    words = {"outcome": "dismissed", "outcome_at": timezone.now(), "outcome_words": "A debate of all."}
    CounterEndorsement.objects.filter(pk=conflict.pk).update(decided_by=make_decider(), **words)
    return Visit(f"/national/endorsements/conflicts/{conflict.pk}/", user=make_decider())


def make_stopped() -> str:
    race = make_endorsed().race
    opponent = make_candidate(race, "Bo Opponent")
    staff = make_decider()
    AllowedNaming.objects.create(
        candidate=opponent, thing=f"group:{make_group(LONG).pk}:page", because="A debate of all.", by=staff
    )
    event = make_event(
        make_group("Friends of Soup"), now=timezone.now(), state=EventState.DRAFT, about=f"With Bo Opponent. {LONG}"
    )
    return event.scope


@page(NAMINGS)
def national_namings() -> Visit:
    make_stopped()
    return Visit("/national/endorsements/namings/?q=soup", user=make_decider())


@page(NAMINGS)
def national_namings_none() -> Visit:
    return Visit("/national/endorsements/namings/?q=soup", user=make_decider())


@page(f"{NAMINGS}allow/<str:key>/")
def naming_allow() -> Visit:
    return Visit(f"/national/endorsements/namings/allow/{make_stopped()}/", user=make_decider())


@page(f"{NAMINGS}allow/<str:key>/")
def naming_allow_without_a_reason() -> Visit:
    there = f"/national/endorsements/namings/allow/{make_stopped()}/"
    return Visit(there, user=make_decider(), then=send(), status=422)


@page(f"{NAMINGS}allow/<str:key>/")
def naming_allow_without_opponents() -> Visit:
    return Visit(f"/national/endorsements/namings/allow/group:{make_group().pk}:page/", user=make_decider())
