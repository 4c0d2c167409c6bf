"""Every route and who may use it. `tests/test_routes.py` walks the list; a route that is not in it fails there.

A new route of the product is a new line in ROUTES: its whole pattern as the URLconf has it, who may use it
(an Audience), what it answers (a Kind), and where the pattern has parameters or the page needs rows, `make`: a function
of a user that makes them as belonging to this user and returns the parameters.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from django.urls import URLResolver, get_resolver
from django.utils import timezone

from affiliates.models import Group, GroupRole, GroupStatus, PlaceWatch, Role, SignUp
from affiliates.sign_up import token_of
from affiliates.urls_joining import GROUP_FORMS, NATIONAL_FORMS
from affiliates.watches import watch_token
from foundation.accounts.models import StaffTask, User
from foundation.documents.requesting import request_document
from foundation.mail.outbox import queue_mail
from foundation.mail.unsubscribe import unsubscribe_url
from foundation.places.search import find_place
from members.card import CARD, card_token, subject_of
from members.merging import merge_people
from members.models import Duplicate, DuplicateReason, Person, Segment, Tag
from members.people import Contact, take_in
from tests.affiliates.signing_up import make_form
from tests.factories import make_group, make_staff
from tests.imports.making import make_checked_import
from tests.members.donating import make_donation
from tests.signing_in import give_factors, make_passkey

type Parameters = dict[str, object]


class Visitor(Enum):
    """The kinds of people that the walk sends to each route."""

    ANONYMOUS = auto()
    USER = auto()
    OTHERS_CONTACT = auto()  # answers for a group, which is not the one the route is about
    OWNER = auto()  # the one whom the route's object belongs to
    STAFF_WITHOUT_RIGHT = auto()  # may do every task but the route's
    STAFF_WITHOUT_FACTOR = auto()  # has the right, and no second factor
    STAFF_BEFORE_FACTOR = auto()  # has the right and a second factor, which this session has not passed
    STAFF = auto()  # has the right to the route's task and to no other
    SUPERUSER = auto()


class Audience(Enum):
    """Who may use a route."""

    EVERYBODY = "everybody"
    SIGNED_IN = "whoever is signed in"
    OWNER = "whom the object belongs to; to others it is not found"
    GROUP = "the people of a group that is not public, and staff for agreements; to others it is not found"
    STAFF = "staff, whatever their rights"
    AGREEMENTS = StaffTask.AGREEMENTS
    PROMOTIONS = StaffTask.PROMOTIONS
    ENDORSEMENTS = StaffTask.ENDORSEMENTS
    PEOPLE = StaffTask.PEOPLE
    SUPERUSERS = "superusers"
    NOBODY = "nobody: an address of allauth that this site does not use, not found"

    @property
    def task(self) -> StaffTask:
        """The task whose right the visitors STAFF have; any will do where the route asks for none."""
        return self.value if isinstance(self.value, StaffTask) else StaffTask.AGREEMENTS


class Kind(Enum):
    """What a GET answers to those who may use the route."""

    PAGE = "a page for people: the page gates look at it"
    DATA = "data, an image or a file"
    REDIRECT = "a redirect, or nothing but after a step before"
    POST_ONLY = "405: the route takes POST only"
    REPAIR = "a page of Django's admin, which is for repair and keeps its own look"


@dataclass(frozen=True)
class Route:
    """One line of the list."""

    pattern: str
    audience: Audience
    kind: Kind = Kind.PAGE
    make: Callable[[User], Parameters] = lambda _user: {}
    # Where the pattern is a regular expression: an address that it matches.
    example: str = ""
    case: str = ""  # tells lines of the same pattern apart

    @property
    def id(self) -> str:
        return f"{self.pattern or 'home'}{' ' if self.case else ''}{self.case}"

    def path(self, user: User) -> str:
        """An address of the route whose rows belong to `user`."""
        path = f"/{self.example or self.pattern}"
        for name, value in self.make(user).items():
            for converter in ("int", "str", "slug", "path", "uuid"):
                path = path.replace(f"<{converter}:{name}>", str(value))
        return path


# --- what the parameters stand for --------------------------------------------------------------------------


def _listed_group(user: User) -> Parameters:
    return {"slug": make_group().slug}


def _forming_group(user: User) -> Parameters:
    group = make_group(status=GroupStatus.FORMING)
    GroupRole.objects.create(group=group, user=user, role=Role.CONTACT)
    return {"slug": group.slug}


def _group_key(user: User) -> Parameters:
    return {"pk": make_group().pk}


def _watch(user: User) -> Parameters:
    place = find_place("02139")
    watch = PlaceWatch.objects.create(
        email=user.email, place_label=place.label, latitude=place.latitude, longitude=place.longitude
    )
    return {"token": watch_token(watch)}


def _mail(user: User) -> Parameters:
    mail = queue_mail(to=user.email, subject="News", text="Hello.", purpose="test", scope="network")
    return {"token": unsubscribe_url(mail).rstrip("/").rpartition("/")[2]}


def _staff_member(user: User) -> Parameters:
    return {"pk": make_staff(StaffTask.PEOPLE).pk}


def _import(user: User) -> Parameters:
    return {"pk": make_checked_import(user).pk}


def _form(user: User) -> Parameters:
    return {"slug": make_form(make_group()).slug}


def _sign_up(user: User) -> Parameters:
    made = SignUp.objects.create(email=user.email, language="en", created_at=timezone.now())
    return {"token": token_of(made)}


def _organized_group(user: User) -> Parameters:
    return {"slug": _organized(user).slug}


def _organized_form(user: User) -> Parameters:
    group = _organized(user)
    return {"slug": group.slug, "form": make_form(group).slug}


def _organized(user: User) -> Group:
    group = make_group()
    GroupRole.objects.create(group=group, user=user, role=Role.ORGANIZER)
    return group


def _national_form(user: User) -> Parameters:
    return {"form": make_form().slug}


def _passkey(user: User) -> Parameters:
    return {"pk": make_passkey(user).pk}


def _factors(user: User) -> Parameters:
    give_factors(user)
    return {}


def _pair(_user: User) -> Parameters:
    one, other = Person.objects.create(given_name="Ada"), Person.objects.create(given_name="Ada")
    return {"pk": Duplicate.objects.create(first=one, second=other, reason=DuplicateReason.PHONE).pk}


def _merge(user: User) -> Parameters:
    one, other = Person.objects.create(given_name="Ada"), Person.objects.create(given_name="Ada")
    return {"pk": merge_people(kept=one, gone=other, actor=user, now=timezone.now()).pk}


def _donation(user: User) -> Parameters:
    return {"pk": make_donation().pk}


def _member(user: User) -> Person:
    return take_in(contact=Contact(email=user.email, phone="+16175550123"), is_own_act=True, now=timezone.now())


def _own_phone(user: User) -> Parameters:
    return {"pk": _member(user).phones.get().pk}


def _own_email(user: User) -> Parameters:
    return {"pk": _member(user).emails.get().pk}


def _card(user: User) -> Parameters:
    return {"token": card_token(_member(user))}


def _document(user: User) -> Parameters:
    subject = subject_of(_member(user))
    return {"key": request_document(kind=CARD, subject=subject, actor=user, now=timezone.now()).key}


def _person(_user: User) -> Parameters:
    return {"pk": Person.objects.create(given_name="Ada").pk}


def _note(user: User) -> Parameters:
    return {"pk": Person.objects.create().notes.create(author=user, text="Hello").pk}


def _tag(_user: User) -> Parameters:
    return {"pk": Tag.objects.create(name="Driver").pk}


def _tagged(user: User) -> Parameters:
    return {"pk": _person(user)["pk"], "tag": _tag(user)["pk"]}


def _segment(_user: User) -> Parameters:
    return {"pk": Segment.objects.create(name="Members", rules=[{"kind": "member"}]).pk}


_PARAMETER = re.compile(r"<[^>]+>|\(\?P.*\)|\$$")

# --- the list -----------------------------------------------------------------------------------------------

_ACCOUNTS = [
    Route("language/", Audience.EVERYBODY, Kind.POST_ONLY),
    Route("me/", Audience.SIGNED_IN),
    Route("accounts/login/", Audience.EVERYBODY),
    Route("accounts/login/code/", Audience.EVERYBODY, Kind.REDIRECT),
    Route("accounts/login/code/confirm/", Audience.EVERYBODY),
    Route("accounts/logout/", Audience.EVERYBODY),
    Route("accounts/inactive/", Audience.EVERYBODY),
    Route("accounts/signup/", Audience.EVERYBODY),
    Route("accounts/confirm-email/", Audience.EVERYBODY),
    Route("accounts/reauthenticate/", Audience.SIGNED_IN, Kind.REDIRECT, make=_factors),
    Route("accounts/email/", Audience.SIGNED_IN),
    Route("^accounts/password/", Audience.NOBODY, example="accounts/password/reset/"),
    Route("accounts/password/change/", Audience.NOBODY),
    Route("accounts/password/set/", Audience.NOBODY),
    Route("accounts/password/reset/", Audience.NOBODY),
    Route("accounts/password/reset/done/", Audience.NOBODY),
    Route("accounts/password/reset/key/done/", Audience.NOBODY),
    Route(
        "accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        Audience.NOBODY,
        example="accounts/password/reset/key/1-abc/",
    ),
    Route("accounts/2fa/", Audience.SIGNED_IN),
    Route("accounts/2fa/authenticate/", Audience.EVERYBODY),
    Route("accounts/2fa/reauthenticate/", Audience.SIGNED_IN, make=_factors),
    Route("accounts/2fa/totp/activate/", Audience.SIGNED_IN),
    Route("accounts/2fa/totp/deactivate/", Audience.SIGNED_IN, make=_factors),
    Route("accounts/2fa/recovery-codes/", Audience.SIGNED_IN, make=_factors),
    Route("accounts/2fa/recovery-codes/generate/", Audience.SIGNED_IN, make=_factors),
    Route("accounts/2fa/recovery-codes/download/", Audience.SIGNED_IN, Kind.DATA, make=_factors),
    Route("accounts/2fa/webauthn/", Audience.SIGNED_IN),
    Route("accounts/2fa/webauthn/add/", Audience.SIGNED_IN),
    Route("accounts/2fa/webauthn/login/", Audience.EVERYBODY, Kind.DATA),
    Route("accounts/2fa/webauthn/reauthenticate/", Audience.SIGNED_IN, make=_factors),
    Route("accounts/2fa/webauthn/keys/<int:pk>/edit/", Audience.OWNER, make=_passkey),
    Route("accounts/2fa/webauthn/keys/<int:pk>/remove/", Audience.OWNER, make=_passkey),
]
_STAFF = [
    Route("national/", Audience.STAFF),
    Route("national/staff/", Audience.SUPERUSERS),
    Route("national/staff/add/", Audience.SUPERUSERS),
    Route("national/staff/<int:pk>/", Audience.SUPERUSERS, make=_staff_member),
    Route("national/staff/<int:pk>/end/", Audience.SUPERUSERS, make=_staff_member),
    Route("national/imports/", Audience.STAFF),
    Route("national/imports/new/<slug:kind>/", Audience.AGREEMENTS, make=lambda _user: {"kind": "groups"}),
    Route("national/imports/<int:pk>/", Audience.AGREEMENTS, make=_import),
    Route("national/imports/<int:pk>/columns/", Audience.AGREEMENTS, make=_import),
    Route("national/imports/<int:pk>/errors.csv", Audience.AGREEMENTS, Kind.DATA, make=_import),
    Route("national/imports/<int:pk>/progress/", Audience.AGREEMENTS, Kind.REDIRECT, make=_import),
    Route("national/imports/<int:pk>/confirm/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_import),
    Route("national/imports/<int:pk>/stop/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_import),
    Route("national/imports/<int:pk>/resume/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_import),
    Route("national/groups/", Audience.AGREEMENTS),
    Route("national/groups/<int:pk>/list/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_group_key),
    Route("national/groups/<int:pk>/unlist/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_group_key),
]
_MAIL = [
    Route("mail/unsubscribe/<str:token>/", Audience.EVERYBODY, make=_mail),
]
_GROUPS = [
    Route("", Audience.EVERYBODY),
    Route("groups/", Audience.EVERYBODY),
    Route("groups/map/", Audience.EVERYBODY),
    Route("groups/map.svg", Audience.EVERYBODY, Kind.DATA),
    Route(
        "groups/clusters.json", Audience.EVERYBODY, Kind.DATA, example="groups/clusters.json?box=-80,30,-70,40&zoom=4"
    ),
    Route("groups/start/", Audience.EVERYBODY),
    Route("groups/start/sent/", Audience.EVERYBODY),
    Route("groups/tell-me/", Audience.EVERYBODY),
    Route("groups/tell-me/sent/", Audience.EVERYBODY),
    Route("groups/tell-me/forgotten/", Audience.EVERYBODY),
    Route("groups/tell-me/<str:token>/", Audience.EVERYBODY, make=_watch),
    Route("groups/<slug:slug>/", Audience.EVERYBODY, make=_listed_group),
    Route("groups/<slug:slug>/", Audience.GROUP, make=_forming_group, case="of a forming group"),
    Route("groups/<slug:slug>/contact/", Audience.EVERYBODY, make=_listed_group),
]
_DUPLICATES = [
    Route("national/people/duplicates/", Audience.PEOPLE),
    Route("national/people/duplicates/<int:pk>/", Audience.PEOPLE, make=_pair),
    Route("national/people/merges/", Audience.PEOPLE),
    Route("national/people/merges/<int:pk>/undo/", Audience.PEOPLE, Kind.POST_ONLY, make=_merge),
]
_JOINING = [
    Route("join/", Audience.EVERYBODY),
    Route("join/sent/", Audience.EVERYBODY),
    Route("join/forgotten/", Audience.EVERYBODY),
    Route("join/<str:token>/", Audience.EVERYBODY, make=_sign_up),
    Route("groups/<slug:slug>/join/", Audience.EVERYBODY, make=_listed_group),
    Route("forms/<slug:slug>/", Audience.EVERYBODY, make=_form),
    Route("forms/<slug:slug>/embed/", Audience.EVERYBODY, make=_form),
    Route("organize/", Audience.SIGNED_IN),
    Route(GROUP_FORMS, Audience.OWNER, make=_organized_group),
    Route(f"{GROUP_FORMS}new/", Audience.OWNER, make=_organized_group),
    Route(NATIONAL_FORMS, Audience.PEOPLE),
    Route(f"{NATIONAL_FORMS}new/", Audience.PEOPLE),
    *(
        Route(f"{GROUP_FORMS}<slug:form>/{page}", Audience.OWNER, make=_organized_form)
        for page in ("", "edit/", "questions/", "preview/", "share/")
    ),
    Route(f"{GROUP_FORMS}<slug:form>/open/", Audience.OWNER, Kind.POST_ONLY, make=_organized_form),
    *(
        Route(f"{NATIONAL_FORMS}<slug:form>/{page}", Audience.PEOPLE, make=_national_form)
        for page in ("", "edit/", "questions/", "preview/", "share/")
    ),
    Route(f"{NATIONAL_FORMS}<slug:form>/open/", Audience.PEOPLE, Kind.POST_ONLY, make=_national_form),
]
_ME = [
    Route("accounts/again/", Audience.SIGNED_IN),
    Route("me/details/", Audience.SIGNED_IN),
    Route("me/details/phones/", Audience.SIGNED_IN, Kind.POST_ONLY),
    Route("me/details/phones/<int:pk>/remove/", Audience.OWNER, Kind.POST_ONLY, make=_own_phone),
    Route("me/details/emails/<int:pk>/", Audience.OWNER, Kind.POST_ONLY, make=_own_email),
    Route("me/activity/", Audience.SIGNED_IN),
    Route("me/consent/", Audience.SIGNED_IN),
    Route("me/mails/", Audience.SIGNED_IN, Kind.POST_ONLY),
    Route("me/card/", Audience.SIGNED_IN),
    Route("me/export/", Audience.SIGNED_IN),
    Route("me/delete/", Audience.SIGNED_IN),
    Route("deleted/", Audience.EVERYBODY),
    Route("card/<str:token>/", Audience.EVERYBODY, make=_card),
    Route("documents/<uuid:key>/", Audience.OWNER, make=_document),
    Route("documents/<uuid:key>/state/", Audience.OWNER, Kind.REDIRECT, make=_document),
    Route("documents/<uuid:key>/file/", Audience.OWNER, Kind.REDIRECT, make=_document),
    Route("documents/<uuid:key>/again/", Audience.OWNER, Kind.POST_ONLY, make=_document),
]
_DONATIONS = [
    Route("national/donations/", Audience.PEOPLE),
    Route("national/donations/add/", Audience.PEOPLE),
    Route("national/donations/<int:pk>/refund/", Audience.PEOPLE, make=_donation),
    # Known by their secret and not by who is signed in: tests/members/test_actblue_webhook.py.
    Route("api/actblue/donations/", Audience.EVERYBODY, Kind.POST_ONLY),
    Route("api/actblue/refunds/", Audience.EVERYBODY, Kind.POST_ONLY),
    Route("api/actblue/cancellations/", Audience.EVERYBODY, Kind.POST_ONLY),
]
_PEOPLE = [
    Route("national/people/", Audience.PEOPLE),
    Route("national/people/tag/", Audience.PEOPLE),
    Route("national/people/export/", Audience.PEOPLE),
    Route("national/people/<int:pk>/", Audience.PEOPLE, make=_person),
    Route("national/people/<int:pk>/notes/", Audience.PEOPLE, Kind.POST_ONLY, make=_person),
    Route("national/people/notes/<int:pk>/delete/", Audience.PEOPLE, Kind.POST_ONLY, make=_note),
    Route("national/people/<int:pk>/tags/", Audience.PEOPLE, Kind.POST_ONLY, make=_person),
    Route("national/people/<int:pk>/tags/<int:tag>/take-off/", Audience.PEOPLE, Kind.POST_ONLY, make=_tagged),
    Route("national/people/tags/", Audience.PEOPLE),
    Route("national/people/tags/<int:pk>/", Audience.PEOPLE, make=_tag),
    Route("national/people/tags/<int:pk>/delete/", Audience.PEOPLE, make=_tag),
    Route("national/people/segments/", Audience.PEOPLE),
    Route("national/people/segments/new/", Audience.PEOPLE),
    Route("national/people/segments/<int:pk>/", Audience.PEOPLE, make=_segment),
    Route("national/people/segments/<int:pk>/change/", Audience.PEOPLE, make=_segment),
    Route("national/people/segments/<int:pk>/delete/", Audience.PEOPLE, make=_segment),
    Route("national/people/segments/<int:pk>/tag/", Audience.PEOPLE, make=_segment),
    Route("national/people/segments/<int:pk>/export/", Audience.PEOPLE, make=_segment),
]
_MACHINES = [
    Route("health/live", Audience.EVERYBODY, Kind.DATA),
    Route("health/ready", Audience.EVERYBODY, Kind.DATA),
]


def patterns() -> Iterator[str]:
    """The whole pattern of every route that the URLconf has."""

    def below(resolver: URLResolver, prefix: str) -> Iterator[str]:
        for entry in resolver.url_patterns:
            pattern = prefix + str(entry.pattern)
            if isinstance(entry, URLResolver):
                yield from below(entry, pattern)
            else:
                yield pattern

    yield from below(get_resolver(), "")


def _repair() -> list[Route]:
    """Django's admin: for superusers, whatever it holds."""
    found = [pattern for pattern in patterns() if pattern.startswith("admin/")]
    return [Route(pattern, Audience.SUPERUSERS, Kind.REPAIR, example=_PARAMETER.sub("1", pattern)) for pattern in found]


ROUTES = [
    *_ACCOUNTS,
    *_STAFF,
    *_MAIL,
    *_GROUPS,
    *_ME,
    *_JOINING,
    *_DUPLICATES,
    *_DONATIONS,
    *_PEOPLE,
    *_MACHINES,
    *_repair(),
]
