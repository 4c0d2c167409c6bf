"""The demo's polls and endorsements: races, nominations, a poll in each state, decisions, results, one conflict.

All of it goes through the product's own functions, in the past where it happened then (config.demo.past): the ledgers
of the polls are real, and `recount.py` agrees with them.
"""

import datetime
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from allauth.account.models import EmailAddress

from affiliates.models import Group, GroupRole, Role
from config.demo.contests import CONTESTS, NOMINATIONS, PROPOSED, QUESTIONNAIRE, QUESTIONS, Contest, Ends
from config.demo.past import PastClock, past_clock
from endorsements.ballots import cast
from endorsements.candidates import CandidatePlan, add_candidate, record_result
from endorsements.closing import close_poll
from endorsements.decisions import decide
from endorsements.group_endorsements import endorse
from endorsements.interests import declare
from endorsements.models import (
    Candidate,
    ConflictKind,
    EligibleGroup,
    Endorsement,
    Level,
    Poll,
    PollChoice,
    PollNotice,
    Race,
    Result,
)
from endorsements.nominations import nominate, propose
from endorsements.opening import make_poll, open_poll
from endorsements.questionnaires import QuestionPlan, begin_version, change_version, publish_version
from endorsements.races import RacePlan, make_race
from endorsements.responses import Said, publish_response, save_answers, send_answers, send_questionnaire
from endorsements.voiding import ask_to_void, void_poll
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from foundation.places.areas import area_from
from foundation.places.countries import US
from foundation.places.search import find_place

DAY = datetime.timedelta(days=1)
GROUPS_ASKED = 5
LEAST_GROUPS = 100
"""A network of fewer groups has no elections: one contest's groups would be another's."""

_ENDORSED = (Ends.ENDORSED, Ends.WON, Ends.LOST)
_POLLED = (Ends.DRAFT, Ends.OPEN, Ends.WAITING, Ends.NOBODY, Ends.VOID, *_ENDORSED)


def hold_elections(*, staff: tuple[User, User], now: datetime.datetime) -> None:
    """Fill the tables of races, polls and endorsements; `staff` are the two who decide.

    Nothing where there is no network, or it has races already. Nobody gets a mail about what happened before. The
    conflict is not opened here: the sweep that looks for conflicts finds it.
    """
    if Group.objects.listed().count() < LEAST_GROUPS or Race.objects.exists():
        return
    mailed = OutgoingMail.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    with past_clock(now) as clock:
        _Elections(staff, now, clock).hold()
        PollNotice.objects.filter(queued_at__isnull=True).update(queued_at=now)
        OutgoingMail.objects.filter(pk__gt=mailed).delete()


@dataclass(frozen=True)
class _Elections:
    """What the steps below share."""

    staff: tuple[User, User]
    now: datetime.datetime
    clock: PastClock
    contacts: dict[int, User] = field(default_factory=dict)

    def contact_of(self, group: Group) -> User:
        """A point of contact of the group, made where it has none."""
        if group.pk not in self.contacts:
            self.contacts[group.pk] = _contact_of(group)
        return self.contacts[group.pk]

    def hold(self) -> None:
        self._ask_questions()
        for contest in CONTESTS:
            self._hold(contest)
        self.clock.set_back(datetime.timedelta())

    def _hold(self, contest: Contest) -> None:
        began = self.clock.set_back(-DAY * (min(contest.opened, contest.primary or 0, -30) - 20))
        groups = _groups_near(contest.near)
        race = self._race(contest, groups, began)
        candidates = [
            add_candidate(race=race, plan=_plan_of(name), actor=self.staff[0], now=began) for name in contest.candidates
        ]
        contacts = [self.contact_of(group) for group in groups]
        if contest.ends not in (Ends.RACE, Ends.DRAFT):
            self._nominate(candidates, groups, contacts, began)
        if contest.ends in (Ends.SILENT, Ends.ENDORSED):
            self._endorse_themselves(contest, candidates, groups, began)
        if contest.ends in _POLLED:
            self._poll(contest, race, last=groups[0])
        if contest.ends == Ends.OPEN and contest is CONTESTS[0]:
            self._answer_and_declare(race, candidates, groups[0], contacts)

    def _race(self, contest: Contest, groups: Sequence[Group], began: datetime.datetime) -> Race:
        """The race, in the ZIP codes where these groups are at home."""
        zip_codes = sorted({group.zip_code_id for group in groups if group.zip_code_id})
        area = area_from(name=f"{contest.district} ({contest.office})", zip_codes=zip_codes, actor=None)
        today = self.now.date()

        def day(number: int | None) -> datetime.date | None:
            return None if number is None else today + number * DAY

        plan = RacePlan(
            office=contest.office, district=contest.district, level=contest.level, party=contest.party,
            state=find_place(contest.near).state, area_id=area.pk, election_date=today + contest.election * DAY,
            primary_date=day(contest.primary), filing_deadline=day(contest.filing),
            is_open_seat=contest.is_open_seat,
        )  # fmt: skip
        return make_race(plan=plan, actor=self.staff[0], now=began)

    def _nominate(
        self, candidates: Sequence[Candidate], groups: Sequence[Group], contacts: Sequence[User], at: datetime.datetime
    ) -> None:
        """The first two groups nominate the first candidate, a third one the second."""
        for candidate, group, contact, reason in zip(
            [candidates[0], candidates[0], candidates[1]], groups, contacts, NOMINATIONS, strict=False
        ):
            nominate(group=group, candidate=candidate, reason=reason, actor=contact, now=at)

    def _endorse_themselves(
        self, contest: Contest, candidates: Sequence[Candidate], groups: Sequence[Group], at: datetime.datetime
    ) -> None:
        """Where national is silent, groups endorse; where it spoke later, the last group stands against it."""
        chosen = [(groups[0], candidates[0]), (groups[1], candidates[0]), (groups[-1], candidates[1])]
        for group, candidate in chosen if contest.ends == Ends.SILENT else chosen[-1:]:
            endorse(
                group=group, candidate=candidate, statement="Our members asked both, and chose.",
                actor=self.contact_of(group), now=at,
            )  # fmt: skip

    # --- the poll ---------------------------------------------------------------------------------------------

    def _poll(self, contest: Contest, race: Race, *, last: Group) -> None:
        """The poll as far as the contest has come. `last` casts after all others, or not yet: the demo organizer's."""
        opens = self.clock.set_back(-contest.opened * DAY)
        closes_at = (self.now + contest.closes * DAY).replace(microsecond=0)
        poll = make_poll(race=race, words=contest.words, closes_at=closes_at, actor=self.staff[0], now=opens)
        if contest.ends == Ends.DRAFT:
            return
        poll = open_poll(poll=poll, revision=poll.revision, actor=self.staff[0])
        self._cast(contest, poll, last)
        if contest.ends == Ends.VOID:
            because = "A candidate’s name was misspelled on the list of choices. A new poll follows."
            at = self.clock.set_back(10 * DAY)
            poll = ask_to_void(poll=poll, because=because, actor=self.staff[0], now=at)
            void_poll(poll=poll, actor=self.staff[1], now=at + DAY / 6)
        elif contest.ends != Ends.OPEN:
            self.clock.set_back(-contest.closes * DAY - datetime.timedelta(minutes=1))
            close_poll(poll)
        if contest.ends in _ENDORSED:
            self._decide(contest, Endorsement.objects.get(poll=poll))

    def _cast(self, contest: Contest, poll: Poll, last: Group) -> None:
        """The ballots, spread over the time until now or the close; the first of them is changed once."""
        seats = EligibleGroup.objects.filter(poll=poll).select_related("group").defer("group__position")
        asked = sorted(seats, key=lambda seat: (seat.group_id == last.pk, seat.number))
        choices = list(poll.choices.order_by("position"))
        ballots = list(zip(asked, _chosen(contest, choices, len(asked)), strict=False))
        days = min(0, contest.closes) - contest.opened
        for number, (seat, choice) in enumerate(ballots):
            self.clock.set_back(-(contest.opened + days * (number + 0.5) / (len(ballots) + 1)) * DAY)
            if number == 0:
                cast(poll=poll, group=seat.group, choice=choices[-1], actor=self.contact_of(seat.group))
            cast(poll=poll, group=seat.group, choice=choice, actor=self.contact_of(seat.group))

    def _decide(self, contest: Contest, endorsement: Endorsement) -> None:
        at = self.now + contest.closes * DAY + 3 * DAY
        self.clock.set_back(self.now - at)
        reasons = ("The groups were clear, and the answers hold.", "I read the answers and the research: yes.")
        for person, because, statement in zip(self.staff, reasons, (contest.statement, ""), strict=True):
            decide(endorsement=endorsement, approves=True, because=because, statement=statement, actor=person, now=at)
        self.clock.set_back(datetime.timedelta())
        candidate, primary = endorsement.candidate, Result.WON if contest.primary else Result.PENDING
        results = {Ends.WON: Result.WON, Ends.LOST: Result.LOST, Ends.ENDORSED: Result.PENDING}
        record_result(
            candidate=candidate, primary_result=primary, result=results[contest.ends], actor=self.staff[0],
            now=self.now,
        )  # fmt: skip

    # --- what stands beside -----------------------------------------------------------------------------------

    def _ask_questions(self) -> None:
        asked = [QuestionPlan(text=text, is_yes_or_no=yes_or_no) for text, yes_or_no, _answer in QUESTIONS]
        at = self.clock.set_back(100 * DAY)
        draft = begin_version(level=Level.LOCAL, actor=self.staff[0], now=at)
        draft = change_version(questionnaire=draft, title=QUESTIONNAIRE, questions=asked, read=[], actor=self.staff[0])
        publish_version(questionnaire=draft, actor=self.staff[0], now=at)

    def _answer_and_declare(
        self, race: Race, candidates: Sequence[Candidate], group: Group, contacts: Sequence[User]
    ) -> None:
        """The first candidate's answers are published, the second's are not in; a contact is paid by a campaign."""
        self.clock.set_back(datetime.timedelta())
        for candidate in candidates[:2]:
            response = send_questionnaire(
                candidate=candidate, due_at=self.now + 5 * DAY, language="en", actor=self.staff[0],
                now=self.now - 8 * DAY,
            )  # fmt: skip
            if candidate is candidates[0]:
                questions = response.questionnaire.questions.order_by("position")
                said = {
                    question.pk: Said(True if question.is_yes_or_no else None, answer)
                    for question, (_text, _yes, answer) in zip(questions, QUESTIONS, strict=True)
                }
                response = save_answers(response=response, said=said, now=self.now - 3 * DAY)
                response = send_answers(response=response, now=self.now - 3 * DAY)
                publish_response(response=response, actor=self.staff[0], now=self.now - 2 * DAY)
        declare(
            race=race, user=contacts[-1], kind=ConflictKind.PAID, candidate=candidates[1],
            words="I print his leaflets.", now=self.now - 3 * DAY,
        )  # fmt: skip
        office, district, name = PROPOSED
        plan = RacePlan(
            office=office, district=district, level=Level.LOCAL, state=race.state,
            election_date=self.now.date() + 130 * DAY,
        )  # fmt: skip
        propose(
            group=group, race=plan, candidate=CandidatePlan(name=name), reason=NOMINATIONS[2], actor=contacts[0],
            now=self.now - DAY,
        )  # fmt: skip


def _plan_of(name: str) -> CandidatePlan:
    handle = name.lower().replace(" ", ".").replace("’", "")
    return CandidatePlan(
        name=name,
        about="Grew up two streets from here, and never left for long.",
        email=f"{handle}@example.org",
        links=(("Web site", f"https://{handle.replace('.', '-')}.example.org/"),),
    )


def _groups_near(zip_code: str) -> list[Group]:
    """The groups that a contest asks; the oldest in that ZIP code, if any, is the first: the demo organizer's."""
    listed = Group.objects.listed().filter(country=US, zip_code__isnull=False).defer("position", "about", "plan")
    near = list(listed.nearest_to(find_place(zip_code))[:GROUPS_ASKED])
    return sorted(near, key=lambda group: (group.zip_code_id != zip_code, group.pk))


def _chosen(contest: Contest, choices: Sequence[PollChoice], asked: int) -> list[PollChoice]:
    """What the groups choose, in the order in which they cast. The contest's candidates are in its own order."""
    by_name = {choice.label: choice for choice in choices}
    in_order = [*(by_name[name] for name in contest.candidates), *choices[len(contest.candidates) :]]
    shares = zip(in_order, contest.votes, strict=False)
    chosen = [choice for choice, share in shares for _ in range(math.ceil(asked * share))][:asked]
    random.Random(contest.district).shuffle(chosen)
    return chosen


def _contact_of(group: Group) -> User:
    """A point of contact of the group, made where it has none."""
    role = group.roles.filter(role=Role.CONTACT).select_related("user").order_by("pk").first()
    if role is not None:
        return role.user
    address = f"contact.{group.slug}@example.org"[-254:]
    user = User.objects.create_user(address, name=f"Contact of {group.name}"[:200])
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    GroupRole.objects.create(group=group, user=user, role=Role.CONTACT)
    return user
