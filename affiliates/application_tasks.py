"""The tasks of an application, the questions of each, and what is still missing."""

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum

from allauth.account.models import EmailAddress
from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from foundation.accounts.models import User
from members.models import Person

from .models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationEvent,
    ApplicationState,
    CallAnswer,
    CallKind,
    Role,
)

TASKS = ("who", "where", "name", "contacts", "call", "plan", "agreement")

# May still be to come when the application is filed: staff approve only once somebody of the group was on a call, or
# with a word on why that is not needed (domain.md, step 2).
MAY_COME_LATER = ("call",)


@dataclass(frozen=True)
class Question:
    """One question, on a page of its own. `url_name` leads to it; `fields` are the columns that hold the answer."""

    key: str
    task: str
    label: str | Promise
    fields: tuple[str, ...] = ()

    @property
    def url_name(self) -> str:
        return f"application_{self.key}"


QUESTIONS = {
    question.key: question
    for question in (
        Question("who", "who", _("Who you are"), ("applicant_name", "applicant_phone")),
        Question("where", "where", _("Where the group is at home"), ("place_name",)),
        Question("name", "name", _("The name of the group"), ("name",)),
        Question("neighbours", "name", _("Groups near you, and names alike"), ("why_another",)),
        Question("contacts", "contacts", _("Points of contact")),
        Question("call", "call", _("An organizing call")),
        Question("issues", "plan", _("The issues of your place"), ("plan_issues",)),
        Question("actions", "plan", _("What you will do"), ("plan_actions",)),
        Question("priorities", "plan", _("How that serves the network’s priorities"), ("plan_priorities",)),
        Question("agreement", "agreement", _("The agreement")),
    )
}
"""By key. What staff ask to have changed names a question, or a task: then it is about the task's first question."""

TITLES = {
    "who": _("Who you are"),
    "where": _("Where the group is at home"),
    "name": _("The name of the group"),
    "contacts": _("Points of contact"),
    "call": _("An organizing call"),
    "plan": _("The plan"),
    "agreement": _("The agreement"),
}
"""What each task is called."""


class Progress(Enum):
    """How far a task is."""

    DONE = _("Done")
    STARTED = _("In progress")
    TO_DO = _("To do")
    NOT_YET = _("Cannot start yet")
    LATER = _("May come later")


@dataclass(frozen=True)
class Task:
    """A line of the task list: where it leads, and how far it is."""

    key: str
    question: Question
    progress: Progress

    @property
    def title(self) -> str | Promise:
        return TITLES[self.key]

    @property
    def is_done(self) -> bool:
        return self.progress is Progress.DONE

    @property
    def is_open(self) -> bool:
        """Is it the applicant's turn to do it?"""
        return self.progress in {Progress.TO_DO, Progress.STARTED}

    @property
    def can_start(self) -> bool:
        return self.progress is not Progress.NOT_YET


def question_asked(key: str) -> Question | None:
    """The question that staff mean by the key of a question or of a task; None for what is neither."""
    return QUESTIONS.get(key) or next((question for question in QUESTIONS.values() if question.task == key), None)


@dataclass(frozen=True)
class AskedChange:
    """What staff ask to have changed, and the question where it is changed."""

    question: Question
    text: str


def asked_in(event: ApplicationEvent) -> list[AskedChange]:
    """What an event "changes asked" asks for, in the order of the task list."""
    found = ((question_asked(key), text) for key, text in event.asked.items())
    changes = [AskedChange(question, text) for question, text in found if question]
    order = list(QUESTIONS)
    return sorted(changes, key=lambda change: order.index(change.question.key))


def changes_asked(application: Application) -> list[AskedChange]:
    """What staff ask for at present; nothing unless the applicant has it for that."""
    if application.state != ApplicationState.CHANGES_ASKED:
        return []
    last = application.events.filter(kind="changes asked").order_by("-pk").first()
    return asked_in(last) if last else []


def missing_tasks(application: Application) -> list[str]:
    """The keys of the tasks that are not done, in their order. Two or three queries."""
    return [key for key in TASKS if not _is_done(application, key)]


def missing_to_file(application: Application) -> list[str]:
    """Those of the missing tasks without which it cannot be filed."""
    return [key for key in missing_tasks(application) if key not in MAY_COME_LATER]


def tasks_of(application: Application) -> list[Task]:
    """The task list."""
    missing = missing_tasks(application)
    return [_task(application, key, is_missing=key in missing) for key in TASKS]


def _task(application: Application, key: str, *, is_missing: bool) -> Task:
    questions = [question for question in QUESTIONS.values() if question.task == key]
    open_one = next(
        (question for question in questions if is_missing and not _is_answered(application, question)), None
    )
    return Task(key, open_one or questions[0], _progress(application, key, questions, is_missing=is_missing))


def _progress(application: Application, key: str, questions: Collection[Question], *, is_missing: bool) -> Progress:
    if not is_missing:
        return Progress.DONE
    if waits_for(application, key):
        return Progress.NOT_YET
    if key in MAY_COME_LATER:
        return Progress.LATER
    is_begun = any(question.fields and _is_answered(application, question) for question in questions)
    if is_begun or (key == "agreement" and agreement_of(application)):
        return Progress.STARTED
    return Progress.TO_DO


def waits_for(application: Application, key: str) -> list[str]:
    """The keys of the tasks that have to be done before this one can be begun."""
    needs = {"name": ["where"], "contacts": ["where", "name"], "agreement": ["where", "name"]}.get(key, [])
    return [need for need in needs if not _is_done(application, need)]


def _is_answered(application: Application, question: Question) -> bool:
    if question.key == "neighbours":
        return application.neighbours_seen_at is not None
    if question.key == "who":
        return bool(application.applicant_name)
    return all(getattr(application, field) for field in question.fields)


def _is_done(application: Application, key: str) -> bool:
    match key:
        case "contacts":
            return application.contacts_done_at is not None
        case "call":
            return bool(application.call_waived_because) or is_attended(application)
        case "agreement":
            agreement = agreement_of(application)
            return agreement is not None and agreement.state == AgreementState.SIGNED
        case _:
            return all(_is_answered(application, one) for one in QUESTIONS.values() if one.task == key)


def open_applications(user: User) -> list[Application]:
    """The undecided ones that `user` may fill in or follow, the one that was touched last first."""
    return list(Application.objects.of_user(user).undecided().defer("position").order_by("-changed_at", "-pk"))


def people_of(application: Application) -> list[User]:
    """Who answers for it: the points of contact of its group, by their sign-up; before there is one, who began it."""
    users = Q(pk=application.applicant_id)
    if application.group_id:
        users = Q(group_roles__group=application.group_id, group_roles__role=Role.CONTACT)
    return list(User.objects.filter(users, is_active=True).distinct().order_by("pk"))


def call_answers_of(application: Application) -> list[CallAnswer]:
    """What the people of the application answered to organizing calls and did not take back, the next call first."""
    users = people_of(application)
    verified = EmailAddress.objects.filter(user__in=users, verified=True).values("email")
    of_them = Q(user__in=users) | Q(user__isnull=True, emails__address__in=verified)
    answers = CallAnswer.objects.filter(
        call__kind=CallKind.ORGANIZING,
        call__cancelled_at__isnull=True,
        cancelled_at__isnull=True,
        person__in=Person.objects.filter(of_them).values("pk"),
    )
    return list(answers.select_related("call", "person").defer("person__position").order_by("call__starts_at", "pk"))


def is_attended(application: Application) -> bool:
    """Was whoever began it, or a point of contact of its group, on an organizing call?"""
    return any(answer.attended_at for answer in call_answers_of(application))


def agreement_of(application: Application) -> Agreement | None:
    """The agreement of its group that is being prepared, to be signed, or signed by the group; without the PDFs."""
    if application.group_id is None:
        return None
    return Agreement.objects.unfinished().without_bodies().filter(group=application.group_id).first()
