"""A poll among 10,000 eligible groups: opened, 10,000 ballots over HTTP by 20 connections, closed and tallied.

Each ballot is the whole last post of the ballot's pages, by a contact of the group with a session of their own, through
every middleware. Afterwards it is counted whether each that was acknowledged is in the result, and recount.py reads the
public export.

The rival of the ballots is a bare loop that takes the same lock on a poll's row, inserts a ballot's entry of its ledger
and commits, from as many processes and connections as the web server has. That of the tally is one SQL
`count … group by` of the same ballots.
"""

import datetime
import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import connection, connections, transaction
from django.utils import timezone

from affiliates.models import Group, GroupRole, Role
from benchmarks.bench_rsvp import TOKEN, Browser
from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report
from benchmarks.rivals import WORKERS, bare_rate
from benchmarks.server import production_server
from endorsements import recount
from endorsements.closing import close_poll, tally_of
from endorsements.exporting import export_json
from endorsements.ledger import hold, write_entry
from endorsements.models import Candidate, EligibleGroup, EntryKind, Level, Poll, PollChoice, Race
from endorsements.opening import make_poll, open_poll
from foundation.accounts.models import User
from foundation.places.areas import area_from
from foundation.places.models import Area, ZipCode

GROUPS = 200 if IS_SMALL else 10_000
CONNECTIONS = 5 if IS_SMALL else 20
LOOPS = 200 if IS_SMALL else 4_000
ROUNDS = 5 if IS_SMALL else 50
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
AIM_TALLY, AIM_BALLOTS = 2.0, 0.3


@dataclass(frozen=True)
class Voter:
    """A group's slug, and the session of its contact."""

    slug: str
    session: str


@dataclass(frozen=True)
class Sent:
    """One ballot as its client saw it: the seconds until the answer, and the status."""

    seconds: float
    status: int


# --- what is there before -----------------------------------------------------------------------------------------


def make_area() -> Area:
    """The whole country."""
    codes = ZipCode.objects.order_by("code").values_list("code", flat=True)
    return area_from(name="The country", zip_codes=tuple(codes), actor=None)


def make_race(area: Area, office: str) -> Race:
    """A race of `area` with three candidates."""
    now, key = timezone.now(), office.lower()
    race = Race.objects.create(
        office=office, level=Level.FEDERAL, key=key, slug=key, area=area,
        election_date=now.date() + datetime.timedelta(days=90), confirmed_at=now,
    )  # fmt: skip
    for name in ("ada", "grace", "mary"):
        Candidate.objects.create(race=race, name=name.title(), name_key=name, slug=f"{name}-{key}", confirmed_at=now)
    return race


def make_voters() -> list[Voter]:
    """A contact of each group, signed in."""
    groups = list(Group.objects.order_by("pk").only("slug"))
    users = User.objects.bulk_create(
        (User(email=f"contact{number}@example.org", password="!") for number in range(len(groups))), batch_size=2_000
    )
    GroupRole.objects.bulk_create(
        (GroupRole(group=group, user=user, role=Role.CONTACT) for group, user in zip(groups, users, strict=True)),
        batch_size=2_000,
    )
    store, expires = SessionStore(), timezone.now() + datetime.timedelta(days=1)
    sessions = [
        Session(
            session_key=f"{number:032x}",
            session_data=store.encode(
                {
                    SESSION_KEY: str(user.pk), BACKEND_SESSION_KEY: BACKEND,
                    HASH_SESSION_KEY: user.get_session_auth_hash(),
                }
            ),
            expire_date=expires,
        )
        for number, user in enumerate(users)
    ]  # fmt: skip
    Session.objects.bulk_create(sessions, batch_size=2_000)
    return [Voter(group.slug, session.session_key) for group, session in zip(groups, sessions, strict=True)]


def open_one(race: Race) -> tuple[Poll, float]:
    """An open poll of `race`, with the seconds that its opening took."""
    now = timezone.now()
    closes_at = now + datetime.timedelta(days=7)
    draft = make_poll(race=race, words="Please ask your members.", closes_at=closes_at, actor=None, now=now)
    began = time.perf_counter()
    poll = open_poll(poll=draft, revision=draft.revision, actor=None)
    return poll, time.perf_counter() - began


# --- the ballots --------------------------------------------------------------------------------------------------


class SignedInBrowser(Browser):
    """A kept connection that posts forms as whoever's session it is given."""

    def cast(self, voter: Voter, poll: str, choice: int) -> int:
        """The status of the answer to a ballot."""
        body = f"choice={choice}&do=cast&csrfmiddlewaretoken={TOKEN}".encode()
        head = (
            f"POST /organize/groups/{voter.slug}/polls/{poll}/ HTTP/1.1\r\nHost: localhost\r\nAccept: text/html\r\n"
            f"Cookie: csrf={TOKEN}; session={voter.session}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + body)
        return self._status()


def cast_all(port: int, poll: Poll, voters: Iterable[Voter], choices: list[int]) -> tuple[list[Sent], float]:
    """All ballots from all connections at once; with the seconds that it took."""
    waiting = iter(enumerate(voters))

    def send(_connection: int) -> list[Sent]:
        browser, sent = SignedInBrowser(port), []
        for number, voter in waiting:
            at = time.perf_counter()
            # Half and a little more for the first candidate: somebody is recommended.
            choice = choices[0] if number % 20 < 11 else choices[number % len(choices)]
            status = browser.cast(voter, poll.slug, choice)
            sent.append(Sent(time.perf_counter() - at, status))
        return sent

    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sent = [one for part in pool.map(send, range(CONNECTIONS)) for one in part]
    return sent, time.perf_counter() - began


# --- the rivals ---------------------------------------------------------------------------------------------------


def insert_in_a_loop(poll_id: int, first: int, count: int) -> None:
    """Take the lock, insert a ballot's entry, commit: `count` times, for one group after the other."""
    poll, choice = Poll(pk=poll_id), PollChoice.objects.filter(poll=poll_id).order_by("position")[0]
    seats = list(EligibleGroup.objects.filter(poll=poll_id).order_by("number"))
    for number in range(first, first + count):
        with transaction.atomic():
            write_entry(hold(poll), EntryKind.CAST, by=None, seat=seats[number % len(seats)], choice=choice)
    connections.close_all()


def count_by_hand(poll: Poll) -> None:
    """The least that a tally can be."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT choice_id, count(*) FROM endorsements_ballot WHERE poll_id = %s AND struck_at IS NULL "
            "GROUP BY choice_id",
            [poll.pk],
        )
        cursor.fetchall()


def in_turn(ours: Callable[[], object], rival: Callable[[], object]) -> tuple[float, float]:
    """The median seconds of each, taken in turn so that both meet the same machine."""
    times: tuple[list[float], list[float]] = ([], [])
    for _round in range(ROUNDS):
        for act, of_act in zip((ours, rival), times, strict=True):
            began = time.perf_counter()
            act()
            of_act.append(time.perf_counter() - began)
    return statistics.median(times[0]), statistics.median(times[1])


# --- the end ------------------------------------------------------------------------------------------------------


def close(poll: Poll) -> tuple[Poll, float]:
    """Have the closing time come, and close; with the seconds of the close. Only the time is moved, past all guards."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE endorsements_poll SET closes_at = now() WHERE id = %s", [poll.pk])
        cursor.execute("SET session_replication_role = DEFAULT")
    began = time.perf_counter()
    closed = close_poll(poll)
    return closed, time.perf_counter() - began


def uncounted(sent: Iterable[Sent], closed: Poll) -> int:
    """Ballots that were acknowledged and are not in the result, or the other way round."""
    acknowledged = sum(one.status == 302 for one in sent)
    return abs(acknowledged - int((closed.tally or {})["cast"]))


def recount_seconds(poll: Poll) -> float:
    """How long recount.py takes for the export. Its result is not looked at: the poll was closed before its time."""
    with tempfile.TemporaryDirectory() as folder:
        export = Path(folder, "export.json")
        export.write_bytes(export_json(poll))
        began = time.perf_counter()
        subprocess.run([sys.executable, recount.__file__, str(export)], check=False, capture_output=True)
        return time.perf_counter() - began


def main() -> None:
    prepare()
    make_groups(GROUPS)
    voters, area = make_voters(), make_area()
    poll, opening = open_one(make_race(area, "President"))
    bare, _opening = open_one(make_race(area, "Treasurer"))
    choices = list(poll.choices.order_by("position").values_list("pk", flat=True))
    with production_server(workers=WORKERS) as port:
        warm = SignedInBrowser(port)
        for voter in itertools.islice(voters, 8 * WORKERS):
            warm.cast(voter, poll.slug, choices[-1])
        before = bare_rate(insert_in_a_loop, bare.pk, loops=LOOPS)
        sent, seconds = cast_all(port, poll, voters, choices)
        rival = (before + bare_rate(insert_in_a_loop, bare.pk, loops=LOOPS, first=LOOPS)) / 2
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE endorsements_ballot, endorsements_pollchoice")
    tallying, counting = in_turn(lambda: tally_of(poll), lambda: count_by_hand(poll))
    closed, closing = close(poll)
    rate, times = len(sent) / seconds, sorted(one.seconds for one in sent)
    report = Report("poll")
    report.table(
        ["step", "number", "a second", "ms"],
        [
            ["open", f"{closed.eligible:,} groups", "", f"{opening * 1000:,.0f}"],
            ["ballots over HTTP", f"{len(sent):,}", f"{rate:,.0f}", f"{times[len(times) // 2] * 1000:,.1f} (median)"],
            ["bare insert under the lock", f"{2 * LOOPS:,}", f"{rival:,.0f}", ""],
            ["tally", f"{(closed.tally or {})['cast']:,} ballots", "", f"{tallying * 1000:,.2f} (median)"],
            ["count … group by", "", "", f"{counting * 1000:,.2f} (median)"],
            ["close", "", "", f"{closing * 1000:,.0f}"],
            ["recount.py", f"{closed.entries:,} entries", "", f"{recount_seconds(closed) * 1000:,.0f}"],
        ],
    )
    report.at_most("acknowledged and uncounted", uncounted(sent, closed), 0, "ballots")
    report.at_most("tally / count … group by", tallying / counting, AIM_TALLY)
    report.at_least("ballots / bare insert loop", rate / rival, AIM_BALLOTS)
    report.finish()


if __name__ == "__main__":
    main()
