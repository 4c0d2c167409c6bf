"""4,000 mails of a promotion into a mail server on this machine, from two workers, from its approval to the last mail.

The workers do what RQ's job does (claim, commit, send, write the result), each with a connection of its own. The rival
is a bare loop of smtplib in as many processes, with as many connections, over the same messages made beforehand, into
the same server (aiosmtpd, in a process of its own, that only counts).
"""

import datetime
import multiprocessing
import multiprocessing.synchronize
import smtplib
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from email.policy import SMTP
from multiprocessing.connection import Connection
from typing import Any

from django.db import connection, connections
from django.test import override_settings
from django.utils import timezone

from affiliates.models import Group
from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report
from benchmarks.rivals import CONTEXT, PATIENCE, WORKERS, together
from config.demo.copying import analyze, copy_rows
from config.demo.people import load_people
from events.models import Event, Promotion, PromotionState
from events.promoting import finish_promotions, launch
from foundation.mail.bulk import states_about
from foundation.mail.delivery import deliver_until_idle, this_worker
from foundation.mail.messages import build_message
from foundation.mail.models import MailState, OutgoingMail
from foundation.web.workers import warm_up
from members.models import Activity, ActivityScore, Consent, ConsentWording, Person, PersonEmail

RECIPIENTS = 200 if IS_SMALL else 4_000
PEOPLE = RECIPIENTS * 3 // 2
AIM_RATIO = 0.7
ENVELOPE = "bench@network.example"

# --- the mail server ----------------------------------------------------------------------------------------------


class Counting:
    """Takes every message, and notes only whom it is for."""

    def __init__(self) -> None:
        self.arrived: list[str] = []

    async def handle_EHLO(  # noqa: N802
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        """Several commands at once, as Postfix and the mail providers take them; aiosmtpd does, and does not say so."""
        session.host_name = hostname
        return [*responses[:-1], "250-PIPELINING", responses[-1]]

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        self.arrived.append(envelope.rcpt_tos[0])
        return "250 OK"


def serve(pipe: Connection) -> None:
    """A mail server until it is told to stop: tells its port, and, whenever it is asked, who got something."""
    from aiosmtpd.controller import Controller

    handler = Counting()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    pipe.send(port)
    while pipe.recv() == "arrived":
        pipe.send(handler.arrived)
        handler.arrived = []
    controller.stop()


@contextmanager
def mail_server() -> Iterator[tuple[int, Connection]]:
    """Its port, and the pipe to ask it by."""
    ours, theirs = CONTEXT.Pipe()
    process = CONTEXT.Process(target=serve, args=(theirs,))
    process.start()
    try:
        yield ours.recv(), ours
    finally:
        ours.send("stop")
        process.join(30)


def arrived(pipe: Connection) -> list[str]:
    """Who got something since this was asked last."""
    pipe.send("arrived")
    return list(pipe.recv())


# --- the promotion ------------------------------------------------------------------------------------------------


def make_promotion() -> Promotion:
    """Approved and due, of an event where it is noon; around it live more people than it may go to."""
    now = timezone.now()
    make_groups(1)
    group = Group.objects.get()
    ids = [known.id for known in load_people(count=PEOPLE, seed=1, now=now)]
    home = {"zip_code_id": "10001", "latitude": 40.7506, "longitude": -73.9972}
    Person.objects.filter(pk__in=ids).update(**home)
    words = ConsentWording.objects.create(purpose="promotions", version=1, language="en", text="Invite me.")
    agreed = ((pk, "promotions", "network", True, words.pk, "bench", now) for pk in ids)
    copy_rows(Consent, ("person", "purpose", "scope", "is_given", "wording", "source", "at"), agreed)
    came = ((pk, "attendance", f"attendance:{pk}", now - datetime.timedelta(minutes=pk % 9_999)) for pk in ids)
    copy_rows(Activity, ("person", "kind", "source", "at"), came)
    analyze(Person, PersonEmail, Consent, Activity, ActivityScore)
    starts_at = now + datetime.timedelta(days=9)
    event = Event.objects.create(
        slug="bench", group=group, kind="rally", title="Rally on the common", starts_at=starts_at,
        ends_at=starts_at + datetime.timedelta(hours=2), time_zone=f"Etc/GMT{now.hour - 12:+d}", venue_name="Common",
        place_name="New York, NY", latitude=40.7506, longitude=-73.9972, state="approved", approved_at=now,
    )  # fmt: skip
    return Promotion.objects.create(
        event=event, group=group, subject="Come to the rally on the common", intro="We meet at noon. " * 40,
        language="en", wanted=RECIPIENTS, state=PromotionState.APPROVED, requested_at=now, approved_at=now, send_at=now,
    )  # fmt: skip


# --- the two ------------------------------------------------------------------------------------------------------


def send_as_workers_do(port: int, ready: multiprocessing.synchronize.Barrier) -> None:
    """One worker: what is due, until nothing is."""
    options = {"host": "127.0.0.1", "port": port}
    with override_settings(MAILERS={"default": {"BACKEND": "foundation.mail.smtp.SMTPBackend", "OPTIONS": options}}):
        warm_up()  # as RQ's parent process has, before it takes a job
        connection.ensure_connection()
        ready.wait(PATIENCE)
        deliver_until_idle(worker=this_worker(), seconds=600)
    connections.close_all()


def send_barely(port: int, messages: Sequence[tuple[str, bytes]], ready: multiprocessing.synchronize.Barrier) -> None:
    """The rival's loop."""
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.ehlo()
        ready.wait(PATIENCE)
        for recipient, message in messages:
            server.sendmail(ENVELOPE, [recipient], message)


def made_beforehand(promotion: Promotion) -> list[tuple[str, bytes]]:
    """The messages as they would go out."""
    mails = OutgoingMail.objects.filter(body__about=promotion.key).select_related("body").order_by("pk")
    return [(mail.to_email, build_message(mail).message(policy=SMTP).as_bytes()) for mail in mails]


def bare_seconds(port: int, pipe: Connection, messages: list[tuple[str, bytes]]) -> float:
    seconds = together(send_barely, [(port, messages[number::WORKERS]) for number in range(WORKERS)])
    assert len(arrived(pipe)) == len(messages)
    return seconds


def main() -> None:
    prepare()
    report = Report("send")
    promotion = make_promotion()
    warm_up()
    began = time.perf_counter()
    launch(promotion=promotion, now=timezone.now())
    launched = time.perf_counter() - began
    messages = made_beforehand(promotion)
    assert len(messages) == RECIPIENTS
    with mail_server() as (port, pipe):
        before = bare_seconds(port, pipe, messages)
        ours = together(send_as_workers_do, [(port,)] * WORKERS)
        got = arrived(pipe)
        after = bare_seconds(port, pipe, messages)
    states = states_about(promotion.key)
    assert states[MailState.SENT] == RECIPIENTS, states
    assert finish_promotions(now=timezone.now()) == 1
    bare = (before + after) / 2
    rows = [
        ["bare loop, before", f"{before:.2f}", f"{RECIPIENTS / before:,.0f}"],
        [f"{WORKERS} workers", f"{ours:.2f}", f"{RECIPIENTS / ours:,.0f}"],
        ["bare loop, after", f"{after:.2f}", f"{RECIPIENTS / after:,.0f}"],
    ]
    report.table([f"{RECIPIENTS:,} mails", "s", "a second"], rows)
    print(f"\nfrom the approval to the last mail: {launched + ours:.2f} s, of which the launch took {launched:.2f} s")
    report.at_most("mails lost", RECIPIENTS - len(set(got)), 0, "mails")
    report.at_most("mails sent twice", len(got) - len(set(got)), 0, "mails")
    report.at_most("a launch", launched, 2, "s")
    report.at_least("mails a second / bare loop", bare / ours, AIM_RATIO)
    report.finish()


if __name__ == "__main__":
    main()
