"""Building sign-up forms: for a group by its organizers, for the network by staff. And who signed up on one."""

import datetime
from collections.abc import Sequence
from typing import TypedDict

from django.db import transaction
from django.db.models import F, QuerySet

from foundation.accounts.models import User
from foundation.audit.models import record

from .founding import next_free_slug, slug_for
from .models import FormQuestion, Group, QuestionKind, SignUp, SignUpForm
from .models.sign_up import MOST_QUESTIONS
from .roster import who_shares_with


class TooManyQuestionsError(Exception):
    """A form has at most twenty questions of its own."""


class FormContent(TypedDict):
    """What its builders decide about a form. The lists hold values of KnownField, ConsentPurpose, and languages."""

    title: str
    intro: str
    known_fields: list[str]
    consents: list[str]
    languages: list[str]


def create_form(*, group: Group | None, content: FormContent, actor: User, now: datetime.datetime) -> SignUpForm:
    """A new form of `group`, or of the network where it is None; open, without questions. Its address is made
    from the title.
    """
    with transaction.atomic():
        form = SignUpForm.objects.create(
            group=group, slug=_free_slug(content["title"], group), created_at=now, **content
        )
        record(actor=actor, action="created sign-up form", subject=_subject(form))
    return form


def change_form(*, form: SignUpForm, content: FormContent, actor: User) -> None:
    """What is asked from now on. Its address stays, and so does what people answered before."""
    with transaction.atomic():
        SignUpForm.objects.filter(pk=form.pk).update(**content)
        record(actor=actor, action="changed sign-up form", subject=_subject(form))
    form.refresh_from_db()


def set_open(*, form: SignUpForm, is_open: bool, actor: User) -> None:
    """Open the form, or close it: its page then says so and takes nothing. What waits can still be confirmed."""
    with transaction.atomic():
        SignUpForm.objects.filter(pk=form.pk).update(is_open=is_open)
        record(actor=actor, action="opened sign-up form" if is_open else "closed sign-up form", subject=_subject(form))
    form.refresh_from_db()


def _free_slug(title: str, group: Group | None) -> str:
    wanted = slug_for(title, group.place_name if group else "")
    taken = set(SignUpForm.objects.filter(slug__startswith=wanted).values_list("slug", flat=True))
    return next_free_slug(wanted, state=group.state if group else "", taken=taken)


def _subject(form: SignUpForm) -> str:
    return f"form:{form.pk}"


# --- questions ------------------------------------------------------------------------------------------------


def add_question(
    *, form: SignUpForm, kind: QuestionKind, text: str, choices: Sequence[str], is_required: bool, actor: User
) -> FormQuestion:
    """Another question, after those that there are. Raises TooManyQuestionsError."""
    with transaction.atomic():
        position = _lock(form).questions.count() + 1
        if position > MOST_QUESTIONS:
            raise TooManyQuestionsError
        question = FormQuestion.objects.create(
            form=form, position=position, kind=kind, text=text, choices=list(choices), is_required=is_required
        )
        record(actor=actor, action="added question", subject=_subject(form))
    return question


def remove_question(*, question: FormQuestion, actor: User) -> None:
    """The form no longer asks this; answers that were given stay with their sign-ups."""
    with transaction.atomic():
        form = _lock(question.form)
        FormQuestion.objects.filter(pk=question.pk).delete()
        form.questions.filter(position__gt=question.position).update(position=F("position") - 1)
        record(actor=actor, action="removed question", subject=_subject(form))


def move_question(*, question: FormQuestion, up: bool, actor: User) -> None:
    """The question changes places with the one before it, or after it. At the end of the row nothing changes."""
    with transaction.atomic():
        form = _lock(question.form)
        here = form.questions.filter(pk=question.pk).first()
        other = here and form.questions.filter(position=here.position + (-1 if up else 1)).first()
        if here is None or other is None:
            return
        here.position, other.position = other.position, here.position
        FormQuestion.objects.bulk_update([here, other], ["position"])
        record(actor=actor, action="moved question", subject=_subject(form))


def _lock(form: SignUpForm) -> SignUpForm:
    """Two who change the questions of one form do so one after the other."""
    return SignUpForm.objects.select_for_update().get(pk=form.pk)


# --- who signed up --------------------------------------------------------------------------------------------


def shared_sign_ups(form: SignUpForm) -> QuerySet[SignUp]:
    """The confirmed sign-ups that the builders of `form` may see, the newest first, with the people and how they
    are reached: of a group's form those who share their details with the group and still do; of the network's all.
    """
    found = form.sign_ups.confirmed()
    if form.group:
        found = found.filter(person__in=who_shares_with(form.group).values("pk"))
    with_people = found.select_related("person").defer("person__position").order_by("-confirmed_at", "-pk")
    return with_people.prefetch_related("person__emails", "person__phones")
