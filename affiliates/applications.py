"""The applicant's steps: started, answered question by question, filed, withdrawn.

Each step locks the application's row, sees that the group has it (and not staff), and leaves it one revision higher.
Whoever answers on an older reading than the present one is told, and nothing of theirs is written.
"""

import datetime
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import transaction
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.places.keys import name_key
from foundation.places.search import Place

from .application_tasks import TASKS, is_attended, missing_tasks, missing_to_file, people_of
from .assigning import assign_at_filing
from .emails import applications as emails
from .forming import give_up_group, keep_group_in_step
from .models import Application, ApplicationEvent, ApplicationState, Side
from .models.applications import UNDECIDED, WITH_APPLICANT
from .neighbours import neighbours_of
from .turns import ReviewError, StaleError, held_application

__all__ = [
    "TASKS",
    "ApplicationError",
    "IncompleteError",
    "StaleError",
    "answer_name",
    "answer_neighbours",
    "answer_plan",
    "answer_where",
    "answer_who",
    "file_application",
    "finish_contacts",
    "forget_applicant",
    "is_attended",
    "missing_tasks",
    "start_application",
    "withdraw_application",
]

# Undecided at the same time: enough for whoever helps neighbours along, too few for whoever plays.
MOST_OPEN = 5
PLAN_LENGTH = 2500
"""The longest answer to one question of the plan, in characters: the three together fit into a group's plan."""


class ApplicationError(ReviewError):
    """The step cannot be taken; the message, for the applicant, says why."""


class IncompleteError(ApplicationError):
    """Tasks are missing: their keys in `missing`."""

    def __init__(self, missing: list[str]) -> None:
        super().__init__(_("Some tasks are not done yet."))
        self.missing = missing


# --- started --------------------------------------------------------------------------------------------------


def start_application(*, actor: User, language: str, now: datetime.datetime, place: Place | None = None) -> Application:
    """Begin an application, at home in `place` (of affiliates.homes) where that is known, and mail the link to it.

    Gives the draft of `actor` for the same place, or for none yet, where there is one, and mails nothing. Raises
    ApplicationError where too many of theirs are undecided.
    """
    with transaction.atomic():
        User.objects.get_queryset().select_for_update(no_key=True).get(pk=actor.pk)
        if standing := _draft_for(actor, place):
            return standing
        if Application.objects.undecided().filter(applicant=actor).count() >= MOST_OPEN:
            raise ApplicationError(
                _("You have %(number)s applications open. Finish or withdraw one before you start another.")
                % {"number": MOST_OPEN}
            )
        application = Application(
            applicant=actor, applicant_name=actor.name[:120], language=language, started_at=now, changed_at=now,
            waiting_since=now,
        )  # fmt: skip
        if place:
            _settle(application, place)
        application.save()
        _note(application, "started", actor=actor, now=now)
        record(actor=actor, action="started application", subject=_subject(application))
        emails.queue_started(application, actor)
    return application


def _draft_for(actor: User, place: Place | None) -> Application | None:
    drafts = Application.objects.filter(applicant=actor, state=ApplicationState.DRAFT).defer("position").order_by("-pk")
    if place and (same := drafts.filter(**_home_columns(place)).first()):
        return same
    return None if place else drafts.filter(place_name="").first()


# --- answered -------------------------------------------------------------------------------------------------


def answer_who(
    *, application: Application, revision: int | None, name: str, phone: str, actor: User, now: datetime.datetime
) -> None:
    """Who the applicant is: the full name, and a number for questions or none."""
    with _answering(application, revision, actor, now) as held:
        held.applicant_name, held.applicant_phone = name, phone


def answer_where(
    *, application: Application, revision: int | None, place: Place, actor: User, now: datetime.datetime
) -> None:
    """Where the group is at home: a place of affiliates.homes. From another place other neighbours are seen.

    Raises ApplicationError where the applicant has an application for this place already.
    """
    with _answering(application, revision, actor, now) as held:
        home = _home_columns(place)
        if all(getattr(held, column) == value for column, value in home.items()):
            return
        others = Application.objects.undecided().filter(applicant=held.applicant_id, **home).exclude(pk=held.pk)
        if held.applicant_id and others.exists():
            raise ApplicationError(_("You have an application for %(place)s already.") % {"place": place.name})
        _settle(held, place)
        held.neighbours_seen_at = None
        _see_nobody(held, now)


def answer_name(
    *, application: Application, revision: int | None, name: str, actor: User, now: datetime.datetime
) -> None:
    """What the group is called. Where nobody is near and no name is alike, the neighbours count as seen."""
    with _answering(application, revision, actor, now) as held:
        if held.name == name:
            return
        held.name, held.name_key = name, name_key(name)[:240]
        held.neighbours_seen_at = None
        _see_nobody(held, now)


def answer_neighbours(
    *, application: Application, revision: int | None, why_another: str, actor: User, now: datetime.datetime
) -> None:
    """The applicant has seen who is near and goes on, with the reason for another group where one is needed.

    Raises ApplicationError where a group is within ten miles or has a name alike and no reason is given.
    """
    with _answering(application, revision, actor, now) as held:
        if not (held.name and held.place_name):
            raise ApplicationError(_("Say first where the group is at home, and what it is called."))
        if not why_another and any(one.needs_reason for one in neighbours_of(held)):
            raise ApplicationError(_("Say why another group is needed."))
        held.why_another, held.neighbours_seen_at = why_another, now


def answer_plan(
    *, application: Application, revision: int | None, field: str, text: str, actor: User, now: datetime.datetime
) -> None:
    """One of the three questions of the plan; `field` is "plan_issues", "plan_actions" or "plan_priorities"."""
    if field not in {"plan_issues", "plan_actions", "plan_priorities"}:
        raise ValueError(field)
    with _answering(application, revision, actor, now) as held:
        setattr(held, field, text)


def finish_contacts(*, application: Application, revision: int | None, actor: User, now: datetime.datetime) -> None:
    """The applicant has invited whom they wanted to (affiliates.roles); two are recommended, one is enough."""
    with _answering(application, revision, actor, now) as held:
        if held.group is None:
            raise ApplicationError(_("Say first where the group is at home, and what it is called."))
        held.contacts_done_at = now


@contextmanager
def _answering(
    application: Application, revision: int | None, actor: User, now: datetime.datetime
) -> Iterator[Application]:
    """The application to write an answer into; afterwards the group is in step with it.

    Raises StaleError where `revision` is not the present one, ReviewError where staff have it or it is decided.
    """
    with held_application(application, revision, now=now, states=WITH_APPLICANT) as held:
        yield held
        keep_group_in_step(held, actor=actor, now=now)


def _see_nobody(application: Application, now: datetime.datetime) -> None:
    if application.name and application.place_name and not neighbours_of(application):
        application.neighbours_seen_at = now


def _home_columns(place: Place) -> dict[str, str | None]:
    return {
        "country": place.country,
        "state_code": place.state,
        "zip_code_id": place.zip_code or None,
        "place_name": place.name[:120],
    }


def _settle(application: Application, place: Place) -> None:
    for column, value in _home_columns(place).items():
        setattr(application, column, value)
    application.latitude, application.longitude = place.latitude, place.longitude
    application.time_zone = place.time_zone


# --- filed and withdrawn --------------------------------------------------------------------------------------


def file_application(
    *, application: Application, actor: User, now: datetime.datetime, revision: int | None = None
) -> None:
    """Hand it to staff, for the first time or after the changes they asked for. All its people get a mail.

    `revision` is that of the answers which were checked. Raises IncompleteError where tasks are missing (the call may
    come later), StaleError, and ReviewError where staff have it.
    """
    with held_application(application, revision, now=now, states=WITH_APPLICANT) as held:
        if missing := missing_to_file(held):
            raise IncompleteError(missing)
        kind = "filed again" if held.filed_at else "filed"
        held.state, held.filed_at, held.waiting_since = ApplicationState.FILED, now, now
        assign_at_filing(application=held, now=now)
        _note(held, kind, actor=actor, now=now)
        record(actor=actor, action=f"{kind} application".replace("filed again", "refiled"), subject=_subject(held))
        for user in people_of(held):
            emails.queue_filed(held, user, at=now)


def withdraw_application(
    *, application: Application, actor: User | None, now: datetime.datetime, revision: int | None = None, text: str = ""
) -> None:
    """Take it back, with its agreement, as long as it is not decided. The other people of it are told.

    The forming group goes with it; where papers were made out for the group it ends instead, and they stay.
    """
    with held_application(application, revision, now=now, states=UNDECIDED) as held:
        others = [user for user in people_of(held) if actor is None or user.pk != actor.pk]
        held.state, held.waiting_since = ApplicationState.WITHDRAWN, None
        _note(held, "withdrawn", actor=actor, now=now, text=text)
        record(actor=actor, action="withdrew application", subject=_subject(held))
        for user in others:
            emails.queue_withdrawn(held, user)
        held.save(update_fields=["state"])
        give_up_group(held, actor=actor, now=now)


def forget_applicant(*, user: User, now: datetime.datetime) -> None:
    """`user` is about to be deleted, in the caller's transaction: their drafts go, and what is not decided is
    withdrawn, unless another point of contact goes on with it. What stays no longer says who they were."""
    for application in Application.objects.of_user(user).undecided().defer("position").order_by("pk"):
        if any(other.pk != user.pk for other in people_of(application)):
            continue
        if application.state == ApplicationState.DRAFT:
            give_up_group(application, actor=user, now=now)
            application.delete()
        else:
            withdraw_application(application=application, actor=user, now=now)
    Application.objects.filter(applicant=user).update(applicant_name="", applicant_phone="")


def _note(
    application: Application, kind: str, *, actor: User | None, now: datetime.datetime, text: str = ""
) -> ApplicationEvent:
    return ApplicationEvent.objects.create(
        application=application, at=now, side=Side.APPLICANT, actor=actor, kind=kind, text=text
    )


def _subject(application: Application) -> str:
    return f"application:{application.pk}"
