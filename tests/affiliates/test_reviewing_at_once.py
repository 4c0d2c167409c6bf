"""Two of the staff press at the same moment: one act is done, and the other of them is told."""

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from affiliates import turns
from affiliates.models import AgreementEvent, AgreementState, Application, ApplicationEvent, ApplicationState
from affiliates.reviewing import approve_application, ask_for_changes, countersign, decline_application
from affiliates.turns import ReviewError, StaleError
from foundation.mail.models import OutgoingMail

from .reviewing import EVIDENCE, NOW, agreement_of, make_application, make_reviewer

pytestmark = pytest.mark.django_db(transaction=True)

ROUNDS = 8


def at_once(*acts: Callable[[], None]) -> list[str]:
    """Begin all acts at the same moment, each on a connection of its own; what became of each."""
    ready = Barrier(len(acts))

    def run(act: Callable[[], None]) -> str:
        ready.wait(timeout=30)
        try:
            act()
        except ReviewError as error:
            return type(error).__name__
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(len(acts)) as pool:
        return sorted(pool.map(run, acts))


def approving_and_declining(application: Application) -> list[str]:
    one, other = make_reviewer("Rita"), make_reviewer("Omar")
    mine, theirs = (Application.objects.get(pk=application.pk) for _copy in range(2))
    return at_once(
        lambda: approve_application(application=mine, revision=1, actor=one, now=NOW),
        lambda: decline_application(application=theirs, revision=1, reason="No.", actor=other, now=NOW),
    )


@pytest.mark.parametrize("number", range(ROUNDS))
def test_of_an_approval_and_a_refusal_one_wins(number: int) -> None:
    application = make_application()
    assert approving_and_declining(application) == ["StaleError", "done"]
    application.refresh_from_db()
    assert application.revision == 2
    decision = ApplicationEvent.objects.get(kind__in=["approved", "declined"])
    assert decision.kind == application.state
    assert OutgoingMail.objects.get(purpose__startswith="application").purpose == f"application {application.state}"


def test_without_the_revision_both_would_decide(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an approval and a request for changes that were read at the same time both go through."""
    application, one, other = make_application(), make_reviewer(), make_reviewer()
    held = turns.held_application

    def held_whatever_was_read(application: Application, revision: int | None, **options: object) -> object:
        return held(application, None, now=NOW, states=ApplicationState.values)

    with monkeypatch.context() as control:
        control.setattr("affiliates.reviewing.held_application", held_whatever_was_read)
        done = at_once(
            lambda: approve_application(
                application=Application.objects.get(pk=application.pk), revision=1, actor=one, now=NOW
            ),
            lambda: ask_for_changes(
                application=Application.objects.get(pk=application.pk), revision=1, asked={"plan": "More."},
                actor=other, now=NOW,
            ),
        )  # fmt: skip
    assert done == ["done", "done"]
    assert ApplicationEvent.objects.filter(kind__in=["approved", "changes asked"]).count() == 2


@pytest.mark.parametrize("number", range(ROUNDS))
def test_of_two_who_countersign_one_does(number: int) -> None:
    application = make_application(state=ApplicationState.APPROVED)
    agreement = agreement_of(application)

    def countersigning() -> Callable[[], None]:
        signer, own = make_reviewer(), Application.objects.get(pk=application.pk)
        return lambda: countersign(
            application=own, agreement=agreement, revision=1, evidence=EVIDENCE, actor=signer,
            now=NOW + datetime.timedelta(hours=1),
        )  # fmt: skip

    assert at_once(countersigning(), countersigning()) == [StaleError.__name__, "done"]
    assert agreement_of(application).state == AgreementState.IN_FORCE
    assert AgreementEvent.objects.filter(kind="countersigned").count() == 1
    assert OutgoingMail.objects.filter(purpose="affiliation in force").count() == 1
