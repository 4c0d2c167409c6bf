"""Who may use which route: the list of tests/routes.py is complete, and what it says is so."""

from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.http import HttpResponse
from django.test import Client

from affiliates.models import GroupRole, Role
from foundation.accounts.models import StaffTask, User
from tests.factories import make_group, make_staff, make_user
from tests.routes import ROUTES, Audience, Kind, Route, Visitor, patterns
from tests.signing_in import sign_in

OPEN = {"open", "other method"}
STAFF_VISITORS = {visitor for visitor in Visitor if visitor.name.startswith("STAFF")}


def test_every_route_is_in_the_list() -> None:
    assert set(patterns()) - {route.pattern for route in ROUTES} == set()


def test_the_list_has_no_route_that_is_gone() -> None:
    assert {route.pattern for route in ROUTES} - set(patterns()) == set()


def walk() -> Iterator[Any]:
    """Each route with each visitor. The many of the admin have one guard: fewer visitors, no invented objects."""
    for route in ROUTES:
        is_repair = route.kind == Kind.REPAIR
        for visitor in (Visitor.ANONYMOUS, Visitor.USER, Visitor.STAFF, Visitor.SUPERUSER) if is_repair else Visitor:
            if not (is_repair and visitor == Visitor.SUPERUSER and "<" in route.pattern):
                yield pytest.param(route, visitor, id=f"{route.id}-{visitor.name.lower()}")


@pytest.mark.django_db
@pytest.mark.parametrize(("route", "visitor"), list(walk()))
def test_the_route_opens_to_whom_it_should_and_to_nobody_else(route: Route, visitor: Visitor, client: Client) -> None:
    user = make_visitor(visitor, route.audience)
    owns = visitor == Visitor.OWNER or route.audience not in {Audience.OWNER, Audience.GROUP, Audience.PARTIES}
    path = route.path(user if user and owns else make_user())
    if user is not None:
        sign_in(client, user, second_factor=visitor != Visitor.STAFF_BEFORE_FACTOR)
    expected = outcome_for(route, visitor)
    client.raise_request_exception = False
    for method in ("get", "post"):
        response = getattr(client, method)(path)
        assert outcome(response, path) in expected, f"{method.upper()} {path} answers {response.status_code}"
        if method == "get" and "open" in expected and route.kind == Kind.PAGE and response.status_code == 200:
            assert response.headers["Content-Type"].startswith("text/html")


def make_visitor(visitor: Visitor, audience: Audience) -> User | None:
    """Somebody of this kind, as seen from a route for `audience`; None for nobody signed in."""
    if visitor == Visitor.ANONYMOUS:
        return None
    if visitor == Visitor.SUPERUSER:
        return make_staff(is_superuser=True)
    if visitor == Visitor.STAFF_WITHOUT_RIGHT:
        return make_staff(*(task for task in StaffTask if task != audience.task))
    if visitor in STAFF_VISITORS:
        user = make_staff(audience.task)
        if visitor == Visitor.STAFF_WITHOUT_FACTOR:
            Authenticator.objects.filter(user=user).delete()
        return user
    user = make_user()
    if visitor == Visitor.OTHERS_CONTACT:
        GroupRole.objects.create(group=make_group(), user=user, role=Role.CONTACT)
    return user


def outcome_for(route: Route, visitor: Visitor) -> set[str]:
    """What may come of it when this visitor asks for the route (see `outcome`)."""
    match route.audience:
        case Audience.EVERYBODY:
            return OPEN
        case Audience.NOBODY:
            return {"not found"}
        case _ if visitor == Visitor.ANONYMOUS and route.audience != Audience.GROUP:
            return {"sign in"}
        case Audience.GROUP | Audience.PARTIES:
            return OPEN if visitor == Visitor.OWNER or is_staff_with_right(visitor) else {"not found", "other method"}
        case Audience.SIGNED_IN | Audience.OWNER:
            return outcome_for_signed_in(route, visitor)
        case _:
            return outcome_for_staff(route, visitor)


def is_staff_with_right(visitor: Visitor) -> bool:
    """And with the second factor passed, which no door has asked them for."""
    return visitor in {Visitor.STAFF, Visitor.SUPERUSER}


def outcome_for_signed_in(route: Route, visitor: Visitor) -> set[str]:
    opens = OPEN if route.audience == Audience.SIGNED_IN or visitor == Visitor.OWNER else {"not found"}
    # Before what changes how somebody signs in, allauth asks for the second factor once more.
    # So do we before all data of a person are handed out or deleted.
    is_weighty = route.pattern.startswith("accounts/") or route.pattern in {"me/export/", "me/delete/"}
    is_asked = visitor == Visitor.STAFF_BEFORE_FACTOR and is_weighty
    return opens | {"second factor"} if is_asked else opens


def outcome_for_staff(route: Route, visitor: Visitor) -> set[str]:
    if visitor == Visitor.SUPERUSER:
        # In the admin some tables are only to be looked at: their forms are closed to superusers too.
        return OPEN | {"forbidden"} if route.kind == Kind.REPAIR else OPEN
    if visitor not in STAFF_VISITORS or route.kind == Kind.REPAIR:
        return {"forbidden"}
    if visitor in {Visitor.STAFF_WITHOUT_FACTOR, Visitor.STAFF_BEFORE_FACTOR}:
        return {"second factor"}
    opens_to = {Audience.STAFF: STAFF_VISITORS, Audience.SUPERUSERS: set()}.get(route.audience, {Visitor.STAFF})
    return OPEN if visitor in opens_to else {"forbidden"}


def outcome(response: HttpResponse, path: str) -> str:
    """What came of a request: it opened, or what stood in the way."""
    if response.status_code == 302:
        there = response.headers["Location"]
        if there.startswith("/accounts/login/?next="):
            return "sign in"
        is_staffs = path.startswith(("/national/", "/admin/"))
        if (is_staffs and there == "/accounts/2fa/") or there.startswith("/accounts/2fa/reauthenticate/?next="):
            return "second factor"
    if response.status_code >= 500:
        return "broken"
    return {403: "forbidden", 404: "not found", 405: "other method"}.get(response.status_code, "open")
