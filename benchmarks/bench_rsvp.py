"""10,000 RSVPs over HTTP to one event with 2,000 places, as fast as 50 connections can send them.

Twice: by themselves, and while two hosts change the number of places and people confirm and cancel. Each RSVP is a
stranger's whole post (name, address, ZIP code, party, a consent ticked) through every middleware with its rate limits:
the clients have addresses of their own behind a trusted proxy. Afterwards it is counted whether a place too many was
given, an answer lost, or somebody of the line overtaken.

The rival is a bare loop that takes the same lock on the event's row, inserts one row through the ORM, and commits, from
as many processes and connections as the web server has. Its event is without limit, so nothing else is looked at.
"""

import datetime
import itertools
import os
import random
import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from django.db import connections, transaction
from django.db.models import Sum
from django.utils import timezone

from affiliates.models import Group, GroupRole, Role
from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report
from benchmarks.rivals import WORKERS, bare_rate
from benchmarks.server import production_server
from events.line import lock_event
from events.links import answer_token
from events.models import Event, Rsvp, RsvpState
from events.planning import EventError, change_event, plan_of
from foundation.accounts.models import User

os.environ["TRUSTED_PROXY_COUNT"] = "1"  # for the server, which is a child of this process

ANSWERS = 300 if IS_SMALL else 10_000
PLACES = 60 if IS_SMALL else 2_000
CONNECTIONS = 10 if IS_SMALL else 50
CANCELLERS, HOSTS = 2, 2
CANCELS_EVERY, CHANGES_EVERY = (0.05, 0.1) if IS_SMALL else (0.2, 0.5)  # seconds, each of them
LOOPS = 300 if IS_SMALL else 4_000
PARTIES = (1, 1, 1, 2, 2, 3, 4)
EVENTS = {"alone": PLACES, "beside": PLACES, "bare": None, "bare-again": None, "warm": PLACES}
TOKEN = "b" * 32  # of the form and of the cookie, as a browser that has opened the page sends them
AIM_SECONDS, AIM_RATIO = 2.0, 0.3


@dataclass(frozen=True)
class Sent:
    """One RSVP as its client saw it: when it was sent and answered (seconds of one clock), and the status."""

    email: str
    at: float
    answered_at: float
    status: int


# --- the clients --------------------------------------------------------------------------------------------------


class Browser:
    """A kept connection that posts forms and reads the answers."""

    def __init__(self, port: int) -> None:
        self.connection = socket.create_connection(("127.0.0.1", port))
        self.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, path: str, client: int, **typed: str) -> int:
        """The status of the answer to this form, sent by client number `client`."""
        body = urlencode({**typed, "csrfmiddlewaretoken": TOKEN}).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: csrf={TOKEN}\r\nAccept: text/html\r\n"
            f"X-Forwarded-For: 10.{client >> 16 & 255}.{client >> 8 & 255}.{client & 255}\r\n"
            f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        self.connection.sendall(head.encode() + body)
        return self._status()

    def _status(self) -> int:
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._receive()
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").lower().split("\r\n")
        length = next((int(line.partition(":")[2]) for line in lines if line.startswith("content-length:")), 0)
        while len(body) < length:
            body += self._receive()
        return int(lines[0].split()[1])

    def _receive(self) -> bytes:
        received = self.connection.recv(65536)
        assert received, "the server has closed the connection"
        return received


def send_all(port: int, slug: str, group: int) -> tuple[list[Sent], float]:
    """All RSVPs, from all connections at once; with the seconds that it took."""
    numbers = itertools.count()

    def send(_connection: int) -> list[Sent]:
        browser, sent = Browser(port), []
        while (number := next(numbers)) < ANSWERS:
            email = f"guest{number}@{slug}.example.org"
            at = time.perf_counter()
            status = browser.post(
                f"/events/{slug}/answer/",
                number,
                name=f"Grace Guest {number}",
                email=email,
                place="02139",
                party_size=str(PARTIES[number % len(PARTIES)]),
                state="going",
                **{f"sharing_{group}": "on"},
            )
            sent.append(Sent(email, at, time.perf_counter(), status))
        return sent

    began = time.perf_counter()
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        sent = [one for part in pool.map(send, range(CONNECTIONS)) for one in part]
    return sent, time.perf_counter() - began


def until(stop: threading.Event, act: Callable[[], object], every: float) -> Iterator[object]:
    """What `act` returns, again and again until `stop` is set; then the connection is let go."""
    try:
        while not stop.wait(every):
            yield act()
    finally:
        connections.close_all()


def cancel_some(port: int, event_id: int, stop: threading.Event, seed: int) -> int:
    """Somebody who has a place confirms by their link and cancels, over and over; returns how many did."""
    browser, chance = Browser(port), random.Random(seed)

    def cancel() -> int:
        goers = Rsvp.objects.filter(event=event_id, state=RsvpState.GOING, confirmed_at=None).order_by("pk")
        some = list(goers[seed * 40 : seed * 40 + 40])
        if not some:
            return 0
        rsvp = chance.choice(some)
        path, client = f"/events/answers/{answer_token(rsvp)}/", 1_000_000 + rsvp.pk
        if browser.post(path, client, do="confirm") != 302:
            return 0
        return int(browser.post(path, client, do="cancel") == 302)

    return sum(int(bool(done)) for done in until(stop, cancel, CANCELS_EVERY))


def change_places(event_id: int, user_id: int, stop: threading.Event, seed: int) -> int:
    """A host who raises and lowers the number of places as the page for it does; returns how often it was taken."""
    host, chance = User.objects.get(pk=user_id), random.Random(seed)

    def change() -> int:
        event = Event.objects.get(pk=event_id)
        plan = replace(plan_of(event), capacity=chance.randrange(PLACES, PLACES + PLACES // 5))
        try:
            change_event(event=event, plan=plan, revision=event.revision, actor=host, now=timezone.now())
        except EventError:  # the other host was faster, or more places are taken than that
            return 0
        return 1

    return sum(int(bool(done)) for done in until(stop, change, CHANGES_EVERY))


# --- the rival ----------------------------------------------------------------------------------------------------


def insert_in_a_loop(event_id: int, first: int, count: int) -> None:
    """Take the lock, insert one row, commit: `count` times."""
    event, now = Event(pk=event_id), timezone.now()
    for number in range(first, first + count):
        with transaction.atomic():
            lock_event(event)
            Rsvp.objects.create(
                event_id=event_id, state=RsvpState.GOING, email=f"bare{number}@example.org", answered_at=now,
                changed_at=now,
            )  # fmt: skip
    connections.close_all()


# --- what is counted afterwards -------------------------------------------------------------------------------------


def over_capacity(event_id: int) -> int:
    """Places given beyond the capacity, or counted otherwise than given."""
    event = Event.objects.get(pk=event_id)
    going = event.rsvps.going().aggregate(places=Sum("party_size"))["places"] or 0
    assert event.capacity is not None
    return int(max(0, going - event.capacity) + abs(going - event.taken))


def lost(event_id: int, sent: Iterable[Sent]) -> int:
    """RSVPs that were answered with anything but a redirect, or of which there is neither a row nor a person's."""
    rows = Rsvp.objects.filter(event=event_id)
    kept = set(rows.exclude(email="").values_list("email", flat=True))
    kept |= set(rows.exclude(person=None).values_list("person__emails__address", flat=True))
    return sum(one.status != 302 or one.email not in kept for one in sent)


def overtaken(event_id: int, sent: Iterable[Sent]) -> int:
    """How many of the line were overtaken: somebody who sent theirs only after this one's was answered is before them
    in the line, or got a place while they wait. Who has no free place before the head of the line is not counted."""
    of_email = {one.email: one for one in sent}
    rows = Rsvp.objects.filter(event=event_id)
    goers = rows.going().exclude(email="").values_list("email", flat=True)
    latest = max((of_email[email].at for email in goers if email in of_email), default=0.0)
    count = 0
    for email in rows.waiting().values_list("email", flat=True):
        one = of_email[email]
        count += latest > one.answered_at
        latest = max(latest, one.at)
    event, head = Event.objects.get(pk=event_id), rows.waiting().first()
    left = event.places_left
    return count + int(head is not None and left is not None and head.party_size <= left)


# --- the runs -------------------------------------------------------------------------------------------------------


def make_rows() -> tuple[int, list[int], list[int]]:
    """A group, two hosts, and an event for each run and for the rival; their ids."""
    make_groups(1)
    group = Group.objects.get()
    hosts = [User.objects.create_user(f"host{number}@example.org") for number in range(HOSTS)]
    GroupRole.objects.bulk_create(GroupRole(group=group, user=host, role=Role.ORGANIZER) for host in hosts)
    now = timezone.now()
    starts_at = now + datetime.timedelta(days=9)
    events = [
        Event.objects.create(
            slug=slug, group=group, kind="rally", title="Rally on the common", starts_at=starts_at,
            ends_at=starts_at + datetime.timedelta(hours=2), time_zone=group.time_zone, venue_name="The common",
            zip_code_id=group.zip_code_id, state_code=group.state, place_name=group.place_name, latitude=group.latitude,
            longitude=group.longitude, state="approved", approved_at=now, capacity=places,
        )
        for slug, places in EVENTS.items()
    ]  # fmt: skip
    return group.pk, [host.pk for host in hosts], [event.pk for event in events]


def run_beside(port: int, group: int, event_id: int, hosts: list[int]) -> tuple[list[Sent], float, str]:
    """The second run, with what the others did meanwhile in words."""
    stop = threading.Event()
    with ThreadPoolExecutor(CANCELLERS + HOSTS) as pool:
        cancelled = [pool.submit(cancel_some, port, event_id, stop, seed) for seed in range(CANCELLERS)]
        changed = [pool.submit(change_places, event_id, host, stop, seed) for seed, host in enumerate(hosts)]
        try:
            sent, seconds = send_all(port, "beside", group)
        finally:
            stop.set()
        words = (
            f"{sum(f.result() for f in changed)} changes of the places, {sum(f.result() for f in cancelled)} cancelled"
        )
    return sent, seconds, words


def judge(report: Report, name: str, event_id: int, sent: list[Sent], *, rate: float, bare: float) -> list[str]:
    """Count and time one run of `rate` answers a second; its row of the table."""
    times = sorted(one.answered_at - one.at for one in sent)
    median, slow = times[len(times) // 2], times[int(len(times) * 0.95)]
    report.at_most(f"{name}, over capacity", over_capacity(event_id), 0, "places")
    report.at_most(f"{name}, lost", lost(event_id, sent), 0, "answers")
    report.at_most(f"{name}, overtaken in the line", overtaken(event_id, sent), 0, "answers")
    report.at_most(f"{name}, 95 % within", slow, AIM_SECONDS, "s")
    report.at_least(f"{name}, throughput / bare insert loop", rate / bare, AIM_RATIO)
    return [name, f"{len(sent):,}", f"{rate:,.0f}", *(f"{value:.3f}" for value in (median, slow, times[-1]))]


def warm(port: int) -> None:
    """Let each worker load its modules and templates."""
    for number in range(8 * WORKERS):
        email = f"warm{number}@example.org"
        Browser(port).post("/events/warm/answer/", 2_000_000 + number, name="Warm", email=email, state="going")


def main() -> None:
    prepare()
    group, hosts, (alone, beside, bare, bare_again, _warm) = make_rows()
    report = Report("rsvp")
    with production_server(workers=WORKERS) as port:
        warm(port)
        before = bare_rate(insert_in_a_loop, bare, loops=LOOPS)
        sent, seconds = send_all(port, "alone", group)
        sent_beside, seconds_beside, meanwhile = run_beside(port, group, beside, hosts)
        rival = (before + bare_rate(insert_in_a_loop, bare_again, loops=LOOPS)) / 2
    print(f"meanwhile: {meanwhile}")
    rows = [
        judge(report, "alone", alone, sent, rate=len(sent) / seconds, bare=rival),
        judge(report, "beside others", beside, sent_beside, rate=len(sent_beside) / seconds_beside, bare=rival),
        ["bare insert loop", f"{2 * LOOPS:,}", f"{rival:,.0f}", "", "", ""],
    ]
    report.table(["run", "answers", "a second", "median s", "95 % s", "most s"], rows)
    report.finish()


if __name__ == "__main__":
    main()
