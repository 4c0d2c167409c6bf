"""What people see of themselves: their details, history, consents, card, export and deletion; and documents."""

import datetime

from allauth.account.internal.flows.login import AUTHENTICATION_METHODS_SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page as BrowserPage

from foundation.accounts.models import User
from foundation.documents.making import make
from foundation.documents.models import Document
from foundation.documents.requesting import request_document
from foundation.mail.models import SuppressionReason
from foundation.mail.suppression import suppress
from members.card import CARD, card_token, subject_of
from members.consent import give_consent
from members.membership import record_activity, record_basis, withdraw_basis
from members.models import ActivityKind, ConsentPurpose, Person, PersonEmail
from members.people import Contact, take_in
from members.wordings import present_wording
from tests.factories import make_group, make_user

from .visits import Visit, page, send

NOW = timezone.now()
DAY = datetime.timedelta(days=1)


def make_member() -> User:
    """A user who is a member by two bases, with a third taken back, a group, two addresses and two phones."""
    user = make_user()
    contact = Contact(user.email, "+16175550123", "Ada Wilhelmina", "Lovelace-Kraftfahrzeughaftpflicht", "02139")
    person = take_in(contact=contact, is_own_act=True, now=NOW)
    details = {"title": "Spring meeting of all who want a bus line on Sundays", "place": "Cambridge, MA"}
    for number in range(3):
        record_basis(
            person=person, kind=ActivityKind.ATTENDANCE, source=f"attendance:{person.pk}:{number}",
            at=NOW - number * 90 * DAY, details=details,
        )  # fmt: skip
    withdraw_basis(source=f"attendance:{person.pk}:2", because="Somebody else was checked in", now=NOW)
    record_basis(
        person=person, kind=ActivityKind.DONATION, source=f"donation:{person.pk}", at=NOW - 30 * DAY,
        details={"amount": "25.00", "title": "Many Hands", "through": "ActBlue"},
    )  # fmt: skip
    PersonEmail.objects.create(person=person, address=f"second.{person.pk}@example.org", verified_at=NOW)
    PersonEmail.objects.create(person=person, address=f"third.{person.pk}@example.org")
    group = make_group("Unión de vecinos y vecinas del valle")
    for purpose, scope in (
        (ConsentPurpose.NETWORK_MAIL, "network"),
        (ConsentPurpose.SHARING, group.scope),
        (ConsentPurpose.GROUP_MAIL, group.scope),
    ):
        give_consent(
            person=person, purpose=purpose, scope=scope, wording=present_wording(purpose), source="gate", now=NOW
        )
    suppress(address=user.email, scope="promotions", reason=SuppressionReason.UNSUBSCRIBED, now=NOW)
    return user


def person_of(user: User) -> Person:
    return Person.objects.get(user=user)


@page("me/")
def me_as_member() -> Visit:
    return Visit("/me/", user=make_member())


@page("me/details/")
def my_details() -> Visit:
    return Visit("/me/details/", user=make_member())


@page("me/details/")
def my_details_unknown() -> Visit:
    return Visit("/me/details/", user=make_user())


@page("me/details/")
def my_details_with_errors() -> Visit:
    return Visit("/me/details/", user=make_member(), then=send(zip_code="00000"), status=422)


@page("me/details/")
def my_phone_with_errors() -> Visit:
    steps = send(press="form[action$='/phones/'] button", number="12")
    return Visit("/me/details/", user=make_member(), then=steps, status=422)


@page("me/activity/")
def my_activity() -> Visit:
    user = make_member()
    for number in range(60):
        record_activity(
            person=person_of(user), kind=list(ActivityKind)[number % 5], source=f"many:{user.pk}:{number}",
            at=NOW - number * DAY, details={"title": f"Event {number}"},
        )  # fmt: skip
    return Visit("/me/activity/", user=user)


@page("me/activity/")
def my_activity_none() -> Visit:
    return Visit("/me/activity/", user=make_user())


@page("me/consent/")
def my_consent() -> Visit:
    return Visit("/me/consent/", user=make_member())


@page("me/consent/")
def my_consent_none() -> Visit:
    return Visit("/me/consent/", user=make_user())


@page("me/card/")
def my_card() -> Visit:
    return Visit("/me/card/", user=make_member())


@page("me/card/")
def my_card_none() -> Visit:
    return Visit("/me/card/", user=make_user())


@page("me/export/")
def my_export() -> Visit:
    return Visit("/me/export/", user=make_member())


@page("me/delete/")
def my_deletion() -> Visit:
    return Visit("/me/delete/", user=make_member())


@page("me/delete/")
def my_deletion_with_errors() -> Visit:
    return Visit("/me/delete/", user=make_member(), then=send(press="main .button-danger"), status=422)


@page("deleted/")
def deleted() -> Visit:
    return Visit("/deleted/")


@page("card/<str:token>/")
def card_that_is_valid() -> Visit:
    return Visit(f"/card/{card_token(person_of(make_member()))}/")


@page("card/<str:token>/")
def card_that_is_not() -> Visit:
    return Visit(f"/card/{card_token(take_in(contact=Contact(phone='+16175550124'), is_own_act=False, now=NOW))}/")


# --- is it you? ---------------------------------------------------------------------------------------------------


def an_hour_later(page: BrowserPage) -> None:
    """As if everybody had signed in an hour ago: open the page that asks who is there."""
    for session in Session.objects.all():
        store = SessionStore(session.session_key)
        for record in store.get(AUTHENTICATION_METHODS_SESSION_KEY, []):
            record["at"] -= 3600
        store.modified = True
        store.save()
    page.goto(f"{page.url.partition('/deleted/')[0]}/accounts/again/?next=/me/export/")


@page("accounts/again/")
def is_it_still_you() -> Visit:
    return Visit("/deleted/", user=make_user(), then=an_hour_later)


@page("accounts/again/")
def is_it_still_you_code() -> Visit:
    def steps(page: BrowserPage) -> None:
        an_hour_later(page)
        send()(page)

    return Visit("/deleted/", user=make_user(), then=steps)


@page("accounts/again/")
def is_it_still_you_wrong_code() -> Visit:
    def steps(page: BrowserPage) -> None:
        an_hour_later(page)
        send()(page)
        send(code="WRONG")(page)

    return Visit("/deleted/", user=make_user(), then=steps)


# --- documents ----------------------------------------------------------------------------------------------------


def ask_for_card() -> tuple[User, Document]:
    user = make_member()
    return user, request_document(kind=CARD, subject=subject_of(person_of(user)), actor=user, now=timezone.now())


@page("documents/<uuid:key>/")
def document_waiting() -> Visit:
    user, document = ask_for_card()
    return Visit(document.get_absolute_url(), user=user)


@page("documents/<uuid:key>/")
def document_ready() -> Visit:
    user, document = ask_for_card()
    make(document_id=document.pk, worker="gate")
    return Visit(document.get_absolute_url(), user=user)


@page("documents/<uuid:key>/")
def document_failed() -> Visit:
    user, document = ask_for_card()
    Document.objects.filter(pk=document.pk).update(state="failed", error="ValueError")
    return Visit(document.get_absolute_url(), user=user)
