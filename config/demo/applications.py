"""The demo's applications: what waits before national staff, at each turn that it can have."""

import datetime
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.utils import timezone, translation

from affiliates import applications as steps
from affiliates.agreements.steps import (
    Evidence,
    Signature,
    note_understanding,
    prepare_agreement,
    sign_agreement,
    write_out,
)
from affiliates.agreements.text import read_texts
from affiliates.disputes import open_dispute
from affiliates.homes import home_at
from affiliates.models import Agreement, AgreementTemplate, Application, Call, CallAnswer, CallKind, Group
from affiliates.neighbours import neighbours_of
from affiliates.reviewing import approve_application, ask_for_changes
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from foundation.places.keys import name_key
from foundation.places.search import find_place
from members.people import Contact, take_in

DAY, HOUR = datetime.timedelta(days=1), datetime.timedelta(hours=1)


class _Filed(NamedTuple):
    """One application: who files it, where, and what it says."""

    person: str
    zip_code: str
    name: str
    days: int  # since it was filed
    issues: str
    actions: str
    priorities: str
    language: str = "en"
    is_attended: bool = True
    # Said where somebody is near, or has a name alike.
    why_another: str = "The others that we found meet too far away for people without a car."


FILED = (
    _Filed(
        "Marisol Treviño", "78582", "Manos del Río", 9,
        "El agua del grifo llega turbia tres días por semana, y nadie responde en la oficina del condado.",
        "Medir el agua en veinte casas cada sábado, publicar los resultados y llevarlos juntos a la reunión de marzo.",
        "Agua limpia para todas las casas: es la tercera prioridad de la red.", language="es",
        why_another="Los otros grupos que encontramos se reúnen demasiado lejos para quien no tiene auto.",
    ),
    _Filed(
        "Dwight Okafor", "59401", "Great Falls Open Hands", 6,
        "The clinic closed in spring. The next one is ninety miles away, and the bus to it was cut.",
        "A rota of drivers by June, a stall at the farmers’ market every Saturday, and two evenings with the council.",
        "Care that everybody can reach: we gather what people pay today and bring it to the state’s hearing.",
        is_attended=False,
    ),
    _Filed(
        "Ruth Abernathy", "02139", "Cambridge Many Handed", 4,
        "Night-shift workers cannot come to anything that begins at seven in the evening.",
        "Meet at eight in the morning, when the shift ends, beside the hospital; a phone tree for those who sleep.",
        "Fair hours are the network’s first priority, and nobody here speaks for those who work at night.",
        why_another="The groups that are there meet in the evening, when our people work.",
    ),
    _Filed(
        "Tomasz Bielski", "54481", "Stevens Point Commons", 3,
        "Rents rose by a fifth in a year, and students and old people bid against each other.",
        "Knock on every door between the river and the campus, and bring a list of empty houses to the city.",
        "Homes for all: we use the network’s own survey, so that our numbers can be compared.",
    ),
    _Filed(
        "Lena Whitehorse", "87301", "Gallup Kitchen Table", 2,
        "A third of the children of the county get no warm meal on weekends.",
        "Something with food.",
        "It fits.",
    ),
)  # fmt: skip
_APPROVED, _DISPUTED, _CHANGES = FILED[3], FILED[2], FILED[4]
_CHANGES_ASKED = "Which food, where, and who cooks? Two sentences are enough."
_DISPUTE = "Two members wrote that they took this for the group that is there already."


def file_applications(reviewer: User) -> None:
    """Five applications before staff: two to be read, one approved, one in a dispute, one given back.

    `reviewer` has decided about three of them. Nobody gets a mail
    about what happened before the network was founded. Nothing where they are there already, or no text is published.
    """
    now = timezone.now()
    if AgreementTemplate.objects.current() is None or User.objects.filter(email=_address(FILED[0])).exists():
        return
    call = _past_call(now)
    people = []
    for filed in FILED:
        person = _make_applicant(filed)
        people.append(person.email)
        with translation.override(filed.language):
            application = _file(filed, person, now=now - filed.days * DAY)
        if filed.is_attended:
            _attend(call, person, filed, now)
        _decide(filed, application, reviewer, now)
    OutgoingMail.objects.filter(to_email__in=[*people, reviewer.email]).delete()


def _address(filed: _Filed) -> str:
    return f"{name_key(filed.person).replace(' ', '.')}@example.org"


def _make_applicant(filed: _Filed) -> User:
    address = _address(filed)
    user = User.objects.create_user(address, name=filed.person, language=filed.language)
    EmailAddress.objects.create(user=user, email=address, primary=True, verified=True)
    return user


def _file(filed: _Filed, applicant: User, *, now: datetime.datetime) -> Application:
    """Every step that the applicant takes, some hours before `now`."""
    began = now - 5 * HOUR
    taken: dict[str, Any] = {"actor": applicant, "now": began, "revision": None}
    place = home_at(find_place(filed.zip_code))
    application = steps.start_application(actor=applicant, language=filed.language, now=began, place=place)
    steps.answer_who(application=application, name=filed.person, phone="", **taken)
    steps.answer_name(application=application, name=filed.name, **taken)
    application.refresh_from_db()
    why_another = filed.why_another if any(one.needs_reason for one in neighbours_of(application)) else ""
    steps.answer_neighbours(application=application, why_another=why_another, **taken)
    for field in ("issues", "actions", "priorities"):
        steps.answer_plan(application=application, field=f"plan_{field}", text=getattr(filed, field), **taken)
    steps.finish_contacts(application=application, **taken)
    application.refresh_from_db()
    _sign(application, applicant, filed, now - HOUR)
    steps.file_application(application=application, actor=applicant, now=now)
    application.refresh_from_db()
    return application


def _sign(application: Application, signer: User, filed: _Filed, now: datetime.datetime) -> Agreement:
    group = application.group
    if group is None:
        raise ValueError(f"{application} has no group")
    agreement = prepare_agreement(group=group, language=filed.language, actor=signer, now=now)
    write_out(agreement_id=agreement.pk, now=now)
    agreement.refresh_from_db()
    questions = read_texts(agreement.version.texts)[agreement.language].questions
    answers = {question.key: question.right for question in questions}
    note_understanding(agreement=agreement, answers=answers, actor=signer, now=now)
    signature = Signature(
        name=filed.person, title="Point of contact", shown_sha256=agreement.pdf_sha256,
        consent_words="I agree to sign electronically.", authority_words="I may sign for the group.",
        act_words="I sign the agreement.",
    )  # fmt: skip
    evidence = Evidence(
        ip="203.0.113.20", user_agent="The demo", sign_in_method="code", signed_in_at=(now - HOUR).isoformat()
    )
    sign_agreement(agreement=agreement, signature=signature, evidence=evidence, actor=signer, now=now)
    return agreement


def _past_call(now: datetime.datetime) -> Call:
    """The organizing call of two weeks ago."""
    starts_at = (now - 14 * DAY).replace(minute=0, second=0, microsecond=0)
    return Call.objects.create(
        kind=CallKind.ORGANIZING, starts_at=starts_at, ends_at=starts_at + HOUR, time_zone="America/New_York",
        join_link="https://calls.demo.example/", created_at=starts_at - 20 * DAY,
    )  # fmt: skip


def _attend(call: Call, user: User, filed: _Filed, now: datetime.datetime) -> None:
    given, _, family = filed.person.partition(" ")
    contact = Contact(email=user.email, given_name=given, family_name=family, zip_code=filed.zip_code)
    person = take_in(contact=contact, is_own_act=True, now=now)
    CallAnswer.objects.create(call=call, person=person, answered_at=call.starts_at - DAY, attended_at=call.starts_at)


def _decide(filed: _Filed, application: Application, reviewer: User, now: datetime.datetime) -> None:
    turn: dict[str, Any] = {
        "application": application,
        "revision": application.revision,
        "actor": reviewer,
        "now": now - DAY,
    }
    if filed is _APPROVED:
        approve_application(**turn)
    elif filed is _CHANGES:
        ask_for_changes(asked={"actions": _CHANGES_ASKED}, **turn)
    elif filed is _DISPUTED:
        other = Group.objects.listed().named_like(filed.name).first()
        if other:
            open_dispute(application=application, other=other, because=_DISPUTE, actor=reviewer, now=now - DAY)
