"""Every route and who may use it. `tests/test_routes.py` walks the list; a route that is not in it fails there.

A new route of the product is a new line in ROUTES: its whole pattern as the URLconf has it, who may use it
(an Audience), what it answers (a Kind), and where the pattern has parameters or the page needs rows, `make`: a function
of a user that makes them as belonging to this user and returns the parameters.
"""

import datetime
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from django.urls import URLResolver, get_resolver
from django.utils import timezone

from affiliates.agreements.steps import record_agreement_elsewhere
from affiliates.agreements.templates import begin_draft
from affiliates.models import (
    AgendaQuestion,
    ApplicationState,
    Call,
    Group,
    GroupRole,
    GroupStatus,
    PlaceWatch,
    Region,
    ResigningRound,
    Role,
    SignUp,
)
from affiliates.roles import invitation_token, invite
from affiliates.roster_notes import put_roster_tag
from affiliates.sign_up import token_of
from affiliates.urls_applications import APPLICATION, QUESTION_PAGES
from affiliates.urls_calls import GROUP_CALLS, NATIONAL_CALLS
from affiliates.urls_in_force import GROUP as OWN_GROUP
from affiliates.urls_joining import GROUP_FORMS, NATIONAL_FORMS
from affiliates.urls_roster import MESSAGES, ROSTER
from affiliates.urls_roster import PERSON as ROSTER_PERSON
from affiliates.watches import watch_token
from endorsements.interests import declare
from endorsements.member_vote_links import voter_token
from endorsements.models import AllowedNaming, Endorsement, Poll
from endorsements.nominations import nominate
from endorsements.questionnaires import begin_version
from endorsements.research import ResearchFile, add_note
from endorsements.responses import response_token
from endorsements.seekers import seeker_token
from endorsements.strikes import ask_to_strike
from endorsements.urls_decisions import CONFLICTS, GROUP_ENDORSEMENTS, NAMINGS, NATIONAL_ENDORSEMENTS
from endorsements.urls_polls import GROUP_POLL, GROUP_POLLS, MEMBER_VOTE, NATIONAL_POLL, NATIONAL_POLLS, POLL
from endorsements.urls_races import (
    NATIONAL_CANDIDATE,
    NATIONAL_RACE,
    NATIONAL_RACES,
    NOMINATIONS,
    QUESTIONNAIRE_ANSWERS,
    QUESTIONNAIRES,
    RESEARCH,
)
from endorsements.urls_seekers import GROUP_REFERRALS, NATIONAL_RUN
from events.attendance_codes import claim_token
from events.call_events import mirror_call
from events.door_codes import door_code
from events.feeds import feed_token, renew_feed
from events.links import answer_token, ticket_token
from events.models import Campaign, CampaignState, CodeClaim, Event, EventFormat, EventPicture, EventState, Promotion
from events.not_there import not_there_token
from events.series import make_series
from events.urls_answering import ANSWER, LINE
from events.urls_campaigns import CAMPAIGN, NATIONAL_CAMPAIGN, NATIONAL_CAMPAIGNS
from events.urls_door import DOOR
from events.urls_promotions import GROUP_PROMOTIONS, NATIONAL_PROMOTION, NATIONAL_PROMOTIONS, PROMOTION
from events.urls_standing import GROUP_EVENTS, HOSTED, NATIONAL_EVENTS
from foundation.accounts.models import StaffTask, User
from foundation.documents.requesting import request_document
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import queue_mail
from foundation.mail.unsubscribe import unsubscribe_url
from foundation.places.search import find_place
from members.card import CARD, card_token, subject_of
from members.merging import merge_people
from members.models import Duplicate, DuplicateReason, Person, Segment, Tag
from members.own_details import become_known
from members.people import Contact, take_in
from tests.affiliates.applying import make_filed, make_founded
from tests.affiliates.calling import make_call, make_region
from tests.affiliates.reviewing import agreement_of, make_application, make_dispute
from tests.affiliates.rosters import make_entry
from tests.affiliates.signing import make_shown, make_template, make_with_files
from tests.affiliates.signing_up import make_form
from tests.endorsements.asking_members import make_member, make_member_vote
from tests.endorsements.deciding import (
    FAR_ELECTION,
    endorse_nationally,
    make_conflict,
    make_group_endorsement,
    recommend,
)
from tests.endorsements.making import make_candidate, make_race
from tests.endorsements.making_questionnaires import make_response
from tests.endorsements.polling import cast_for, make_draft, make_open_poll
from tests.endorsements.polling import close as close_poll_of_test
from tests.endorsements.polling import groups_of as polled_groups
from tests.endorsements.seeking import make_hand, make_seeker
from tests.events.making import make_event, make_guest, make_rsvp
from tests.events.promotions import make_promotion
from tests.factories import make_contact, make_group, make_staff
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
    PARTIES = "the two sides of an agreement: a group's contacts and organizers, and staff for agreements"
    HOSTS = "whoever keeps an event: the hosts, and staff for promotions; to others it is not found"
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
        if self is Audience.HOSTS:
            return StaffTask.PROMOTIONS
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


def _shown_agreement(user: User) -> Parameters:
    return {"reference": make_shown(_forming_group_of(user)).reference}


def _sealed_agreement(user: User) -> Parameters:
    return {"reference": make_with_files(_forming_group_of(user)).reference}


def _forming_group_of(user: User) -> Group:
    return Group.objects.get(slug=_forming_group(user)["slug"])


def _agreement_draft(user: User) -> Parameters:
    return {"version": begin_draft(actor=None).version}


def _agreement_section(user: User) -> Parameters:
    return {**_agreement_draft(user), "key": "ending"}


def _agreement_question(user: User) -> Parameters:
    return {**_agreement_draft(user), "key": "either"}


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


def _held_mail(user: User) -> Parameters:
    mail = queue_mail(to=user.email, subject="News", text="Hello.", purpose="test", scope="network")
    OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.UNKNOWN, went_out_at=timezone.now())
    return {"pk": mail.pk}


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


def _call(_user: User) -> Parameters:
    return {"pk": make_call().pk}


def _region(_user: User) -> Parameters:
    return {"slug": make_region(f"Region {Region.objects.count()}", "OH").slug}


def _regional_call(_user: User) -> Parameters:
    return {"pk": make_call(region=make_region()).pk}


def _group_of_region(user: User) -> Parameters:
    group = _organized(user)
    if not Region.objects.of_group(group).exists():
        make_region()
    return {"slug": group.slug}


def _call_of_group(user: User) -> Parameters:
    there = _group_of_region(user)
    return {**there, "pk": make_call(region=Region.objects.get()).pk}


def _question_of(user: User) -> AgendaQuestion:
    there = _call_of_group(user)
    group, call = Group.objects.get(slug=there["slug"]), Call.objects.get(region__isnull=False)
    return call.questions.create(group=group, asked_by=user, asked_at=timezone.now(), text="Who?")


def _own_agenda_question(user: User) -> Parameters:
    question = _question_of(user)
    return {"slug": question.group.slug, "pk": question.pk}


def _agenda_question(user: User) -> Parameters:
    return {"pk": _question_of(user).pk}


def _follow_up(_user: User) -> Parameters:
    call, today = make_call(region=make_region()), timezone.localdate()
    return {"pk": call.follow_ups.create(what="Print", who="Ada", due=today, created_at=timezone.now()).pk}


def _contacts_group(user: User) -> Parameters:
    group = make_group()
    GroupRole.objects.create(group=group, user=user, role=Role.CONTACT)
    return {"slug": group.slug}


def _group_in_force(user: User) -> Parameters:
    parameters = _contacts_group(user)
    _put_in_force(Group.objects.get(slug=parameters["slug"]))
    return parameters


def _group_key_in_force(_user: User) -> Parameters:
    group = make_group()
    _put_in_force(group)
    return {"pk": group.pk}


def _put_in_force(group: Group) -> None:
    record_agreement_elsewhere(group=group, signed_name="Ada", signed_at=None, actor=None, now=timezone.now())


def _role_in_group(user: User) -> Parameters:
    parameters = _contacts_group(user)
    return {**parameters, "pk": GroupRole.objects.get(group__slug=parameters["slug"], user=user).pk}


def _open_invitation(user: User) -> Parameters:
    parameters = _contacts_group(user)
    group = Group.objects.get(slug=parameters["slug"])
    made = invite(group=group, email="eve@example.org", role=Role.HELPER, actor=user, now=timezone.now())
    return {**parameters, "pk": made.pk}


def _role_invitation(user: User) -> Parameters:
    group = make_group()
    made = invite(group=group, email=user.email, role=Role.HELPER, actor=make_contact(group), now=timezone.now())
    return {"token": invitation_token(made)}


def _round(_user: User) -> Parameters:
    now = timezone.now()
    template = make_template(now)
    due_at = now + datetime.timedelta(days=60)
    return {"pk": ResigningRound.objects.create(template=template, opened_at=now, due_at=due_at, note="New.").pk}


def _roster_person(user: User) -> Parameters:
    group = _organized(user)
    entry = make_entry(group)
    tag = put_roster_tag(entry=entry, name="driver", actor=user)
    note = entry.notes.create(author=user, at=timezone.now(), text="Brings soup.")
    return {"slug": group.slug, "pk": entry.pk, "tag": tag.pk, "note": note.pk}


def _group_message(user: User) -> Parameters:
    group = _organized(user)
    return {
        "slug": group.slug,
        "pk": group.messages.create(subject="Saturday", text="We cook.", at=timezone.now()).pk,
    }


_PARAMETER = re.compile(r"<[^>]+>|\(\?P.*\)|\$$")


def _planned_event(user: User) -> Parameters:
    event = make_event(_organized(user), now=timezone.now(), state=EventState.DRAFT)
    return {"pk": event.pk}


def _event_of_series(user: User) -> Parameters:
    event = Event.objects.get(**_planned_event(user))
    rule = "FREQ=WEEKLY;COUNT=3"
    make_series(event=event, rule=rule, revision=event.revision, actor=user, now=timezone.now())
    return {"pk": event.pk}


def _event_picture(user: User) -> Parameters:
    event = make_event(now=timezone.now())
    picture = EventPicture.objects.create(event=event, body=b"x", width=1, height=1, digest="0" * 16, alt="x")
    return {"slug": event.slug, "digest": picture.digest}


def _poll_draft(_user: User) -> Parameters:
    return {"pk": make_draft().pk}


def _open_poll(_user: User) -> Parameters:
    return {"pk": make_open_poll().pk}


def _opened_poll_slug(_user: User) -> Parameters:
    return {"slug": make_open_poll().slug}


def _closed_poll(_user: User) -> Parameters:
    return {"slug": close_poll_of_test(make_open_poll()).slug}


def _cast_ballot(_user: User) -> Parameters:
    poll = make_open_poll()
    cast_for(poll, polled_groups(poll)[0], 1)
    return {"pk": poll.pk, "number": 1}


def _asked_strike(user: User) -> Parameters:
    there = _cast_ballot(user)
    poll = Poll.objects.get(pk=there["pk"])  # type: ignore[misc]  # an int here
    strike = ask_to_strike(
        poll=poll, group=polled_groups(poll)[0], because="A stranger.", actor=make_staff(), now=timezone.now()
    )
    return {"pk": poll.pk, "strike": strike.pk}


def _polled_group(user: User) -> Parameters:
    poll = make_open_poll()
    group = max(polled_groups(poll), key=lambda polled: polled.pk)  # the first may be another visitor's own
    GroupRole.objects.create(group=group, user=user, role=Role.CONTACT)
    return {"slug": group.slug, "poll": poll.slug}


def _asked_member(_user: User) -> Parameters:
    poll = make_open_poll()
    group = polled_groups(poll)[0]
    make_member(group)
    return {"token": voter_token(make_member_vote(poll, group).voters.get())}


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
    Route("national/groups/<int:pk>/list/", Audience.AGREEMENTS, make=_group_key),
]
_MAIL = [
    Route("national/mail/held/", Audience.PROMOTIONS),
    Route("national/mail/held/<int:pk>/", Audience.PROMOTIONS, Kind.POST_ONLY, make=_held_mail),
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
_CALLS = [
    Route("groups/start/calls/", Audience.EVERYBODY),
    Route("groups/start/calls/<int:pk>/answer/", Audience.SIGNED_IN, Kind.REDIRECT, make=_call),
    Route("groups/start/calls/<int:pk>/cancel/", Audience.SIGNED_IN, Kind.REDIRECT, make=_call),
    Route("groups/start/calls/<int:pk>/call.ics", Audience.EVERYBODY, Kind.DATA, make=_call),
    Route(GROUP_CALLS, Audience.OWNER, make=_group_of_region),
    *(
        Route(f"{GROUP_CALLS}<int:pk>/{act}/", Audience.OWNER, Kind.POST_ONLY, make=_call_of_group)
        for act in ("ask", "answer", "cancel")
    ),
    Route(f"{GROUP_CALLS}<int:pk>/call.ics", Audience.OWNER, Kind.DATA, make=_call_of_group),
    Route(f"{GROUP_CALLS}questions/<int:pk>/delete/", Audience.OWNER, Kind.POST_ONLY, make=_own_agenda_question),
    Route(NATIONAL_CALLS, Audience.AGREEMENTS),
    Route(f"{NATIONAL_CALLS}new/", Audience.AGREEMENTS),
    *(
        Route(f"{NATIONAL_CALLS}<int:pk>/{page}", Audience.AGREEMENTS, make=_call)
        for page in ("", "change/", "cancel/")
    ),
    *(
        Route(f"{NATIONAL_CALLS}<int:pk>/{act}/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_regional_call)
        for act in ("add", "follow-ups", "send-answers")
    ),
    Route(f"{NATIONAL_CALLS}<int:pk>/mark/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_regional_call),
    Route(f"{NATIONAL_CALLS}questions/<int:pk>/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_agenda_question),
    Route(f"{NATIONAL_CALLS}follow-ups/<int:pk>/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_follow_up),
    Route("national/regions/", Audience.AGREEMENTS),
    Route("national/regions/new/", Audience.AGREEMENTS),
    Route("national/regions/<slug:slug>/", Audience.AGREEMENTS, make=_region),
    Route("national/regions/<slug:slug>/next-call/", Audience.AGREEMENTS, make=_region),
    Route("fundraising/", Audience.EVERYBODY),
    Route("fundraising/<slug:state>/", Audience.EVERYBODY, example="fundraising/ma/"),
    Route("national/fundraising/", Audience.AGREEMENTS),
    Route("national/fundraising/<slug:state>/", Audience.AGREEMENTS, example="national/fundraising/ma/"),
]
_IN_FORCE = [
    Route("invitations/<str:token>/", Audience.EVERYBODY, make=_role_invitation),
    Route("organize/", Audience.SIGNED_IN),
    Route(OWN_GROUP, Audience.OWNER, make=_contacts_group),
    Route(f"{OWN_GROUP}page/", Audience.OWNER, make=_contacts_group),
    Route(f"{OWN_GROUP}roles/", Audience.OWNER, make=_contacts_group),
    Route(f"{OWN_GROUP}roles/<int:pk>/end/", Audience.OWNER, make=_role_in_group),
    Route(f"{OWN_GROUP}invitations/<int:pk>/revoke/", Audience.OWNER, Kind.POST_ONLY, make=_open_invitation),
    Route(f"{OWN_GROUP}logo/", Audience.OWNER, make=_contacts_group),
    Route(f"{OWN_GROUP}end/", Audience.OWNER, make=_group_in_force),
    Route(f"{OWN_GROUP}return/", Audience.OWNER, Kind.POST_ONLY, make=_contacts_group),
    Route("national/groups/<int:pk>/", Audience.AGREEMENTS, make=_group_key),
    Route("national/groups/<int:pk>/end/", Audience.AGREEMENTS, make=_group_key_in_force),
    Route("national/rounds/", Audience.AGREEMENTS),
    Route("national/rounds/<int:pk>/", Audience.AGREEMENTS, make=_round),
    Route("national/rounds/<int:pk>/close/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_round),
]
_ROSTER = [
    Route(ROSTER, Audience.OWNER, make=_organized_group),
    Route(f"{ROSTER}export/", Audience.OWNER, make=_organized_group),
    Route(f"{ROSTER}invite/", Audience.OWNER, make=_organized_group),
    Route(ROSTER_PERSON, Audience.OWNER, make=_roster_person),
    Route(f"{ROSTER_PERSON}remove/", Audience.OWNER, make=_roster_person),
    Route(f"{ROSTER_PERSON}tags/", Audience.OWNER, Kind.POST_ONLY, make=_roster_person),
    Route(f"{ROSTER_PERSON}tags/<int:tag>/take-off/", Audience.OWNER, Kind.POST_ONLY, make=_roster_person),
    Route(f"{ROSTER_PERSON}notes/", Audience.OWNER, Kind.POST_ONLY, make=_roster_person),
    Route(f"{ROSTER_PERSON}notes/<int:note>/delete/", Audience.OWNER, Kind.POST_ONLY, make=_roster_person),
    Route(MESSAGES, Audience.OWNER, make=_organized_group),
    Route(f"{MESSAGES}new/", Audience.OWNER, make=_organized_group),
    Route(f"{MESSAGES}<int:pk>/", Audience.OWNER, make=_group_message),
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


def _group_of_contact(user: User) -> Parameters:
    group = make_group()
    GroupRole.objects.create(group=group, user=user, role=Role.CONTACT)
    return {"slug": group.slug}


def _application(_user: User) -> Parameters:
    return {"pk": make_application().pk}


def _dispute(_user: User) -> Parameters:
    return {"pk": make_dispute(make_application()).pk}


def _agreement_to_countersign(_user: User) -> Parameters:
    return {"reference": agreement_of(make_application(state=ApplicationState.APPROVED)).reference}


_APPLICATION = "national/applications/<int:pk>/"
_REVIEWING = [
    Route("national/applications/", Audience.AGREEMENTS),
    Route("national/applications/decided/", Audience.AGREEMENTS),
    Route(_APPLICATION, Audience.AGREEMENTS, make=_application),
    Route(f"{_APPLICATION}presence/", Audience.AGREEMENTS, Kind.REDIRECT, make=_application),
    Route(f"{_APPLICATION}approve/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_application),
    Route(f"{_APPLICATION}assign/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_application),
    Route(f"{_APPLICATION}notes/", Audience.AGREEMENTS, Kind.POST_ONLY, make=_application),
    Route(f"{_APPLICATION}changes/", Audience.AGREEMENTS, make=_application),
    Route(f"{_APPLICATION}decline/", Audience.AGREEMENTS, make=_application),
    Route(f"{_APPLICATION}waive/", Audience.AGREEMENTS, make=_application),
    Route(f"{_APPLICATION}dispute/", Audience.AGREEMENTS, make=_application),
    Route("national/agreements/", Audience.AGREEMENTS),
    Route("national/agreements/<str:reference>/", Audience.AGREEMENTS, make=_agreement_to_countersign),
    Route("national/agreements/<str:reference>/decline/", Audience.AGREEMENTS, make=_agreement_to_countersign),
    Route("national/disputes/", Audience.AGREEMENTS),
    Route("national/disputes/<int:pk>/", Audience.AGREEMENTS, make=_dispute),
    Route("national/disputes/<int:pk>/settle/", Audience.AGREEMENTS, make=_dispute),
    Route("organize/groups/<slug:slug>/name-dispute/", Audience.OWNER, make=_group_of_contact),
]
_AGREEMENTS = [
    Route("organize/groups/<slug:slug>/agreement/", Audience.OWNER, make=_organized_group),
    Route("agreements/<str:reference>/", Audience.PARTIES, make=_shown_agreement),
    Route("agreements/<str:reference>/state/", Audience.PARTIES, Kind.REDIRECT, make=_shown_agreement),
    Route("agreements/<str:reference>/document.pdf", Audience.PARTIES, Kind.DATA, make=_shown_agreement),
    Route("agreements/<str:reference>/sealed.pdf", Audience.PARTIES, Kind.DATA, make=_sealed_agreement),
    Route("agreements/<str:reference>/certificate.pdf", Audience.PARTIES, Kind.DATA, make=_sealed_agreement),
    Route("agreements/<str:reference>/questions/", Audience.OWNER, make=_shown_agreement),
    Route("agreements/<str:reference>/sign/", Audience.OWNER, make=_shown_agreement),
    Route("agreements/<str:reference>/withdraw/", Audience.OWNER, make=_shown_agreement),
    Route("verify/", Audience.EVERYBODY),
    Route("verify/certificate.pem", Audience.EVERYBODY, Kind.DATA),
    Route("national/agreement-text/", Audience.AGREEMENTS, make=_agreement_draft),
    Route("national/agreement-text/<int:version>/", Audience.AGREEMENTS, make=_agreement_draft),
    Route("national/agreement-text/<int:version>/opening/", Audience.AGREEMENTS, make=_agreement_draft),
    Route("national/agreement-text/<int:version>/sections/new/", Audience.AGREEMENTS, make=_agreement_draft),
    Route("national/agreement-text/<int:version>/sections/<slug:key>/", Audience.AGREEMENTS, make=_agreement_section),
    Route("national/agreement-text/<int:version>/questions/new/", Audience.AGREEMENTS, make=_agreement_draft),
    Route("national/agreement-text/<int:version>/questions/<slug:key>/", Audience.AGREEMENTS, make=_agreement_question),
    Route("national/agreement-text/<int:version>/preview/", Audience.AGREEMENTS, make=_agreement_draft),
    Route("national/agreement-text/<int:version>/publish/", Audience.AGREEMENTS, make=_agreement_draft),
]


def _own_draft(user: User) -> Parameters:
    return {"pk": make_founded(user).pk}


def _own_filed(user: User) -> Parameters:
    return {"pk": make_filed(user).pk}


def _own_invited(user: User) -> Parameters:
    application = make_founded(user)
    assert application.group
    sent = invite(group=application.group, email="two@example.org", role=Role.CONTACT, actor=user, now=timezone.now())
    return {"pk": application.pk, "invitation": sent.pk}


_APPLYING = [
    Route("groups/start/", Audience.EVERYBODY),
    Route("groups/start/application/", Audience.SIGNED_IN),
    Route(APPLICATION, Audience.OWNER, make=_own_draft),
    *(
        Route(f"{APPLICATION}{page}/", Audience.OWNER, make=_own_draft)
        for page in (*QUESTION_PAGES, "contacts", "call", "agreement", "check", "withdraw")
    ),
    Route(f"{APPLICATION}contacts/done/", Audience.OWNER, Kind.POST_ONLY, make=_own_draft),
    Route(f"{APPLICATION}contacts/<int:invitation>/revoke/", Audience.OWNER, Kind.POST_ONLY, make=_own_invited),
    Route(f"{APPLICATION}filed/", Audience.OWNER, make=_own_filed),
    Route(f"{APPLICATION}link/", Audience.OWNER, Kind.POST_ONLY, make=_own_draft),
]

_EVENT_PLANNING = [
    Route(f"{GROUP_EVENTS}new/", Audience.OWNER, make=_organized_group),
    Route(f"{NATIONAL_EVENTS}new/", Audience.PROMOTIONS),
    *(
        Route(f"{HOSTED}{page}/", Audience.HOSTS, make=_planned_event)
        for page in ("edit", "clone", "questions", "picture", "series")
    ),
    Route(f"{HOSTED}preview/", Audience.HOSTS, Kind.REDIRECT, make=_planned_event),
    Route(f"{HOSTED}series/submit/", Audience.HOSTS, Kind.POST_ONLY, make=_event_of_series),
    Route(f"{HOSTED}series/cancel/", Audience.HOSTS, make=_event_of_series),
    Route("events/<slug:slug>/picture-<slug:digest>.webp", Audience.EVERYBODY, Kind.DATA, make=_event_picture),
]


def _door(user: User) -> Parameters:
    """An event that goes on now, at whose door the user helps."""
    group = make_group()
    GroupRole.objects.create(group=group, user=user, role=Role.HELPER)
    return {"pk": make_event(group, starts_at=timezone.now()).pk}


def _door_code(_user: User) -> Parameters:
    return {"code": door_code(make_event(starts_at=timezone.now()))}


def _ticket(_user: User) -> Parameters:
    return {"token": ticket_token(make_rsvp(make_event(starts_at=timezone.now())))}


def _attendance(_user: User) -> Parameters:
    event, now = make_event(starts_at=timezone.now()), timezone.now()
    attendance = event.attendances.create(person=make_guest(), at=now, how="list", recorded_at=now)
    return {"token": not_there_token(attendance)}


_EVENT_DOOR = [
    Route(DOOR, Audience.HOSTS, make=_door),
    Route(f"{DOOR}press/", Audience.HOSTS, Kind.POST_ONLY, make=_door),
    Route(f"{DOOR}walk-in/", Audience.HOSTS, Kind.POST_ONLY, make=_door),
    Route(f"{DOOR}send/", Audience.HOSTS, Kind.POST_ONLY, make=_door),
    Route(f"{DOOR}code/", Audience.HOSTS, make=_door),
    Route(f"{DOOR}code.png", Audience.HOSTS, Kind.DATA, make=_door),
    Route(f"{DOOR}paper/", Audience.HOSTS, make=_door),
    Route(f"{DOOR}sheet/", Audience.HOSTS, Kind.POST_ONLY, make=_door),
    Route("events/door/not-there/<str:token>/", Audience.EVERYBODY, make=_attendance),
    Route("events/door/<str:code>/", Audience.EVERYBODY, make=_door_code),
    Route("events/door/<str:code>/thanks/", Audience.EVERYBODY, make=_door_code),
    Route("events/ticket/<str:token>/", Audience.EVERYBODY, make=_ticket),
]


def _event_answer(_user: User) -> Parameters:
    return {"token": answer_token(make_rsvp(make_event(now=timezone.now()), now=timezone.now()))}


def _open_event(_user: User) -> Parameters:
    return {"slug": make_event(now=timezone.now()).slug}


def _one_of_the_line(user: User) -> Parameters:
    event = make_event(_organized(user), now=timezone.now(), capacity=1)
    return {"pk": event.pk, "answer": make_rsvp(event, state="waiting", now=timezone.now()).pk}


def _hosted_event(user: User) -> Parameters:
    return {"pk": make_event(_organized(user), now=timezone.now()).pk}


def _cohost(user: User) -> Parameters:
    event, now = make_event(_organized(user), now=timezone.now()), timezone.now()
    return {"pk": event.pk, "cohost": event.cohosts.create(group=make_group(), asked_at=now).pk}


def _cohost_invitation(user: User) -> Parameters:
    group, event = _organized(user), make_event(make_group(), now=timezone.now())
    return {"slug": group.slug, "pk": event.cohosts.create(group=group, asked_at=timezone.now()).pk}


def _submitted_event(_user: User) -> Parameters:
    now = timezone.now()
    return {"pk": make_event(make_group(), now=now, state=EventState.SUBMITTED, submitted_at=now).pk}


_EVENT_ANSWERING = [
    Route("events/answers/sent/", Audience.EVERYBODY),
    Route("events/answers/forgotten/", Audience.EVERYBODY),
    Route(ANSWER, Audience.EVERYBODY, make=_event_answer),
    Route(f"{ANSWER}event.ics", Audience.EVERYBODY, Kind.DATA, make=_event_answer),
    Route("events/<slug:slug>/answer/", Audience.EVERYBODY, make=_open_event),
    Route(LINE, Audience.HOSTS, make=_hosted_event),
    Route(f"{LINE}<int:answer>/let-in/", Audience.HOSTS, Kind.POST_ONLY, make=_one_of_the_line),
]


def _public_event(user: User) -> Parameters:
    return {"slug": make_event(now=timezone.now()).slug}


def _own_calendar(user: User) -> Parameters:
    now = timezone.now()
    return {"token": feed_token(renew_feed(person=become_known(user=user, now=now), actor=user, now=now))}


_EVENT_FINDING = [
    Route("events/", Audience.EVERYBODY),
    Route("events/calendar/", Audience.EVERYBODY),
    Route("events/map/", Audience.EVERYBODY),
    Route("events/map.svg", Audience.EVERYBODY, Kind.DATA),
    Route(
        "events/clusters.json", Audience.EVERYBODY, Kind.DATA, example="events/clusters.json?box=-80,30,-70,40&zoom=4"
    ),
    Route("events/near.ics", Audience.EVERYBODY, Kind.DATA, example="events/near.ics?near=02139"),
    Route("events/mine/", Audience.SIGNED_IN),
    Route("events/mine/calendar/", Audience.SIGNED_IN, Kind.POST_ONLY),
    Route("events/mine/<str:token>.ics", Audience.EVERYBODY, Kind.DATA, make=_own_calendar),
    Route("events/<slug:slug>.ics", Audience.EVERYBODY, Kind.DATA, make=_public_event),
    Route("events/<slug:slug>/", Audience.EVERYBODY, make=_public_event),
    Route("groups/<slug:slug>/events/", Audience.EVERYBODY, make=_listed_group),
    Route("groups/<slug:slug>/events.ics", Audience.EVERYBODY, Kind.DATA, make=_listed_group),
]
_EVENT_STANDING = [
    Route(GROUP_EVENTS, Audience.OWNER, make=_organized_group),
    Route(f"{GROUP_EVENTS}history/", Audience.OWNER, make=_organized_group),
    Route(f"{GROUP_EVENTS}invitations/<int:pk>/", Audience.OWNER, make=_cohost_invitation),
    *(
        Route(f"{HOSTED}{page}", Audience.HOSTS, make=_hosted_event)
        for page in ("", "answers/", "message/", "report/", "cancel/", "hosts/")
    ),
    Route(f"{HOSTED}submit/", Audience.HOSTS, Kind.POST_ONLY, make=_hosted_event),
    Route(f"{HOSTED}hosts/ask/", Audience.HOSTS, Kind.POST_ONLY, make=_hosted_event),
    Route(f"{HOSTED}hosts/<int:cohost>/end/", Audience.HOSTS, make=_cohost),
    Route(NATIONAL_EVENTS, Audience.PROMOTIONS),
    Route(f"{NATIONAL_EVENTS}trusted/", Audience.PROMOTIONS),
    Route(f"{NATIONAL_EVENTS}trusted/<int:pk>/", Audience.PROMOTIONS, Kind.POST_ONLY, make=_group_key),
    Route(f"{NATIONAL_EVENTS}<int:pk>/", Audience.PROMOTIONS, make=_submitted_event),
    Route(f"{NATIONAL_EVENTS}<int:pk>/presence/", Audience.PROMOTIONS, Kind.REDIRECT, make=_submitted_event),
    Route(f"{NATIONAL_EVENTS}<int:pk>/approve/", Audience.PROMOTIONS, Kind.POST_ONLY, make=_submitted_event),
    Route(f"{NATIONAL_EVENTS}<int:pk>/changes/", Audience.PROMOTIONS, make=_submitted_event),
    Route(f"{NATIONAL_EVENTS}<int:pk>/decline/", Audience.PROMOTIONS, make=_submitted_event),
]


def _campaign(user: User) -> Campaign:
    day = timezone.localdate()
    slug = f"launch-{Campaign.objects.count()}"
    return Campaign.objects.create(
        slug=slug, title="Launch", about="x", kind="meeting", state=CampaignState.OPEN, starts_on=day, ends_on=day
    )


def _campaign_slug(user: User) -> Parameters:
    return {"slug": _campaign(user).slug}


def _campaign_key(user: User) -> Parameters:
    return {"pk": _campaign(user).pk}


def _hosted_campaign(user: User) -> Parameters:
    campaign = _campaign(user)
    make_event(_organized(user), campaign=campaign, now=timezone.now())
    return {"slug": campaign.slug}


def _host_message(user: User) -> Parameters:
    campaign = _campaign(user)
    return {"pk": campaign.pk, "message": campaign.messages.create(subject="x", text="y", at=timezone.now()).pk}


def _code_claim(user: User) -> Parameters:
    event = make_event(now=timezone.now(), format=EventFormat.ONLINE)
    claim = CodeClaim.objects.create(event=event, email="ada@example.org", at=timezone.now())
    return {"token": claim_token(claim)}


def _online_event(user: User) -> Parameters:
    event = make_event(_organized(user), now=timezone.now(), format=EventFormat.ONLINE)
    return {"pk": event.pk, **_attendance_list(event)}


def _call_with_list(user: User) -> Parameters:
    call = make_call(timezone.now())
    return {"pk": call.pk, **_attendance_list(mirror_call(call=call))}


def _attendance_list(event: Event) -> Parameters:
    file = event.attendance_files.create(name="list.csv", sha256="0" * 64, at=timezone.now())
    return {"file": file.pk, "participant": file.participants.create(line=2, name="Ada").pk}


_EVENT_CAMPAIGNS = [
    Route("campaigns/", Audience.EVERYBODY),
    Route(CAMPAIGN, Audience.EVERYBODY, make=_campaign_slug),
    Route(f"{CAMPAIGN}map.svg", Audience.EVERYBODY, Kind.DATA, make=_campaign_slug),
    Route(f"{CAMPAIGN}kit/", Audience.OWNER, make=_hosted_campaign),
    Route(NATIONAL_CAMPAIGNS, Audience.PROMOTIONS),
    Route(f"{NATIONAL_CAMPAIGNS}new/", Audience.PROMOTIONS),
    *(
        Route(f"{NATIONAL_CAMPAIGN}{page}", Audience.PROMOTIONS, make=_campaign_key)
        for page in ("", "change/", "follow-up/", "messages/new/")
    ),
    Route(f"{NATIONAL_CAMPAIGN}standing/", Audience.PROMOTIONS, Kind.POST_ONLY, make=_campaign_key),
    Route(f"{NATIONAL_CAMPAIGN}messages/<int:message>/", Audience.PROMOTIONS, make=_host_message),
    Route("events/code/", Audience.EVERYBODY),
    Route("events/code/sent/", Audience.EVERYBODY),
    Route("events/code/forgotten/", Audience.EVERYBODY),
    Route("events/code/<str:token>/", Audience.EVERYBODY, make=_code_claim),
    *(
        Route(f"{below}{page}", audience, make=make)
        for below, audience, make in (
            (HOSTED, Audience.HOSTS, _online_event),
            (f"{NATIONAL_CALLS}<int:pk>/", Audience.AGREEMENTS, _call_with_list),
        )
        for page in ("words/", "lists/", "lists/<int:file>/", "lists/<int:file>/<int:participant>/")
    ),
]


def _race(_user: User) -> Parameters:
    return {"pk": make_race().pk}


def _proposed_race(_user: User) -> Parameters:
    return {"pk": make_race(confirmed_at=None, proposed_by=make_group()).pk}


def _candidate(_user: User) -> Parameters:
    return {"pk": make_candidate(make_race()).pk}


def _research(user: User) -> Parameters:
    candidate = make_candidate(make_race())
    file = ResearchFile("votes.txt", b"x")
    note = add_note(candidate=candidate, text="x", file=file, actor=user, now=timezone.now())
    return {"pk": candidate.pk, "note": note.pk}


def _questionnaire_draft(user: User) -> Parameters:
    return {"pk": begin_version(level="local", actor=user, now=timezone.now()).pk}


def _questionnaire_link(_user: User) -> Parameters:
    return {"token": response_token(make_response())}


def _nomination(user: User) -> Parameters:
    group, candidate = _organized(user), make_candidate(make_race(election_date=datetime.date(2090, 11, 7)))
    nomination = nominate(group=group, candidate=candidate, reason="x", actor=user, now=timezone.now())
    return {"slug": group.slug, "pk": nomination.pk}


def _interest(user: User) -> Parameters:
    interest = declare(race=make_race(), user=user, kind="paid", now=timezone.now())
    return {"slug": _organized(user).slug, "pk": interest.pk}


_ENDORSEMENT_RACES = [
    Route(NATIONAL_RACES, Audience.ENDORSEMENTS),
    Route(f"{NATIONAL_RACES}new/", Audience.ENDORSEMENTS),
    Route(NATIONAL_RACE, Audience.ENDORSEMENTS, make=_race),
    Route(f"{NATIONAL_RACE}change/", Audience.ENDORSEMENTS, make=_race),
    Route(f"{NATIONAL_RACE}area/", Audience.ENDORSEMENTS, make=_race),
    Route(f"{NATIONAL_RACE}confirm/", Audience.ENDORSEMENTS, Kind.POST_ONLY, make=_proposed_race),
    Route(f"{NATIONAL_RACE}decline/", Audience.ENDORSEMENTS, make=_proposed_race),
    Route(f"{NATIONAL_RACE}fold/", Audience.ENDORSEMENTS, make=_proposed_race),
    Route(f"{NATIONAL_RACE}candidates/new/", Audience.ENDORSEMENTS, make=_race),
    Route(NATIONAL_CANDIDATE, Audience.ENDORSEMENTS, make=_candidate),
    *(
        Route(f"{NATIONAL_CANDIDATE}{page}/", Audience.ENDORSEMENTS, make=_candidate)
        for page in ("change", "decline", "withdraw", "result", "questionnaire")
    ),
    Route(f"{NATIONAL_CANDIDATE}confirm/", Audience.ENDORSEMENTS, Kind.POST_ONLY, make=_candidate),
    Route(f"{NATIONAL_CANDIDATE}research/", Audience.ENDORSEMENTS, Kind.POST_ONLY, make=_candidate),
    Route(f"{RESEARCH}file/", Audience.ENDORSEMENTS, Kind.DATA, make=_research),
    Route(f"{RESEARCH}remove/", Audience.ENDORSEMENTS, make=_research),
    Route(QUESTIONNAIRES, Audience.ENDORSEMENTS),
    Route(f"{QUESTIONNAIRES}<int:pk>/", Audience.ENDORSEMENTS, make=_questionnaire_draft),
    Route(f"{QUESTIONNAIRES}<int:pk>/publish/", Audience.ENDORSEMENTS, make=_questionnaire_draft),
    Route(QUESTIONNAIRE_ANSWERS, Audience.EVERYBODY, make=_questionnaire_link),
    Route(NOMINATIONS, Audience.OWNER, make=_organized_group),
    Route(f"{NOMINATIONS}new/", Audience.OWNER, make=_organized_group),
    Route(f"{NOMINATIONS}<int:pk>/withdraw/", Audience.OWNER, make=_nomination),
    Route(f"{NOMINATIONS}interests/", Audience.OWNER, make=_organized_group),
    Route(f"{NOMINATIONS}interests/<int:pk>/end/", Audience.OWNER, Kind.POST_ONLY, make=_interest),
]

_ENDORSEMENT_POLLS = [
    Route(NATIONAL_POLLS, Audience.ENDORSEMENTS),
    Route(f"{NATIONAL_POLLS}new/", Audience.ENDORSEMENTS),
    Route(NATIONAL_POLL, Audience.ENDORSEMENTS, make=_poll_draft),
    Route(NATIONAL_POLL, Audience.ENDORSEMENTS, make=_open_poll, case="of an open one"),
    Route(f"{NATIONAL_POLL}board/", Audience.ENDORSEMENTS, Kind.REDIRECT, make=_open_poll),
    Route(f"{NATIONAL_POLL}map.svg", Audience.ENDORSEMENTS, Kind.DATA, make=_open_poll),
    Route(f"{NATIONAL_POLL}change/", Audience.ENDORSEMENTS, make=_poll_draft),
    *(
        Route(f"{NATIONAL_POLL}{act}/", Audience.ENDORSEMENTS, Kind.POST_ONLY, make=_poll_draft)
        for act in ("drop", "open", "remind")
    ),
    *(
        Route(f"{NATIONAL_POLL}{page}/", Audience.ENDORSEMENTS, make=_open_poll)
        for page in ("extend", "void", "ballots")
    ),
    Route(f"{NATIONAL_POLL}ballots/<int:number>/strike/", Audience.ENDORSEMENTS, make=_cast_ballot),
    Route(f"{NATIONAL_POLL}strikes/<int:strike>/", Audience.ENDORSEMENTS, Kind.POST_ONLY, make=_asked_strike),
    Route(GROUP_POLLS, Audience.OWNER, make=_contacts_group),
    Route(GROUP_POLL, Audience.OWNER, make=_polled_group),
    Route(f"{GROUP_POLL}change/", Audience.OWNER, Kind.REDIRECT, make=_polled_group),
    Route(f"{GROUP_POLL}members/", Audience.OWNER, make=_polled_group),
    Route(f"{GROUP_POLL}members/end/", Audience.OWNER, Kind.POST_ONLY, make=_polled_group),
    Route(POLL, Audience.EVERYBODY, make=_opened_poll_slug),
    Route(f"{POLL}export.json", Audience.EVERYBODY, Kind.DATA, make=_closed_poll),
    Route(f"{POLL}export.csv", Audience.EVERYBODY, Kind.DATA, make=_closed_poll),
    Route("endorsements/polls/recount.py", Audience.EVERYBODY, Kind.DATA),
    Route(MEMBER_VOTE, Audience.EVERYBODY, make=_asked_member),
]


def _endorsed(_user: User) -> Endorsement:
    return endorse_nationally(make_candidate(make_race(election_date=FAR_ELECTION)), now=timezone.now())


def _endorsed_candidate(user: User) -> Parameters:
    return {"slug": _endorsed(user).candidate.slug}


def _endorsed_race(user: User) -> Parameters:
    return {"slug": _endorsed(user).race.slug}


def _recommended(_user: User) -> Parameters:
    return {"pk": recommend(make_candidate(make_race(election_date=FAR_ELECTION))).pk}


def _endorsing_group(user: User) -> Parameters:
    return {"slug": _contacts_group(user)["slug"], "race": make_race(election_date=FAR_ELECTION).slug}


def _own_endorsement(user: User) -> Parameters:
    group = Group.objects.get(slug=_contacts_group(user)["slug"])
    return {"slug": group.slug, "pk": make_group_endorsement(group, make_candidate(make_race())).pk}


def _conflict(user: User) -> Parameters:
    return {"pk": make_conflict(make_group()).pk}


def _stopped_thing(_user: User) -> Parameters:
    return {"key": f"group:{make_group().pk}:page"}


def _allowed_naming(user: User) -> Parameters:
    candidate = make_candidate(make_race())
    return {"pk": AllowedNaming.objects.create(candidate=candidate, thing="event:1", because="A debate.").pk}


_ENDORSEMENT_DECISIONS = [
    Route("endorsements/", Audience.EVERYBODY),
    Route("endorsements/races/<slug:slug>/", Audience.EVERYBODY, make=_endorsed_race),
    Route("endorsements/candidates/<slug:slug>/", Audience.EVERYBODY, make=_endorsed_candidate),
    Route(GROUP_ENDORSEMENTS, Audience.OWNER, make=_contacts_group),
    Route(f"{GROUP_ENDORSEMENTS}races/<slug:race>/", Audience.OWNER, make=_endorsing_group),
    Route(f"{GROUP_ENDORSEMENTS}<int:pk>/withdraw/", Audience.OWNER, make=_own_endorsement),
    Route(NATIONAL_ENDORSEMENTS, Audience.ENDORSEMENTS),
    *(
        Route(f"{NATIONAL_ENDORSEMENTS}<int:pk>/{page}", Audience.ENDORSEMENTS, make=_recommended)
        for page in ("", "approve/", "decline/", "withdraw/")
    ),
    Route(f"{NATIONAL_ENDORSEMENTS}<int:pk>/presence/", Audience.ENDORSEMENTS, Kind.REDIRECT, make=_recommended),
    Route(CONFLICTS, Audience.ENDORSEMENTS),
    Route(f"{CONFLICTS}<int:pk>/", Audience.ENDORSEMENTS, make=_conflict),
    Route(NAMINGS, Audience.ENDORSEMENTS),
    Route(f"{NAMINGS}allow/<str:key>/", Audience.ENDORSEMENTS, make=_stopped_thing),
    Route(f"{NAMINGS}<int:pk>/end/", Audience.ENDORSEMENTS, Kind.POST_ONLY, make=_allowed_naming),
]


def _hand(user: User) -> Parameters:
    return {"token": seeker_token(make_hand(user.email))}


def _own_seeking(user: User) -> Parameters:
    return {"pk": make_seeker(person=_member(user)).pk}


def _seeker(_user: User) -> Parameters:
    return {"pk": make_seeker().pk}


_ENDORSEMENT_SEEKERS = [
    Route("run/", Audience.EVERYBODY),
    Route("run/sent/", Audience.EVERYBODY),
    Route("run/forgotten/", Audience.EVERYBODY),
    Route("run/answers/<str:token>/", Audience.EVERYBODY, make=_hand),
    Route("me/run/", Audience.SIGNED_IN),
    Route("me/run/<int:pk>/", Audience.OWNER, Kind.POST_ONLY, make=_own_seeking),
    Route(GROUP_REFERRALS, Audience.OWNER, make=_organized_group),
    Route(NATIONAL_RUN, Audience.ENDORSEMENTS),
    Route(f"{NATIONAL_RUN}states/", Audience.ENDORSEMENTS),
    Route(f"{NATIONAL_RUN}map.svg", Audience.ENDORSEMENTS, Kind.DATA),
    Route(f"{NATIONAL_RUN}<int:pk>/", Audience.ENDORSEMENTS, make=_seeker),
]


def _promotion(user: User) -> Promotion:
    event = make_event(_organized(user), now=timezone.now(), starts_at=timezone.now() + datetime.timedelta(days=9))
    return make_promotion(event, now=timezone.now())


def _promoted_event(user: User) -> Parameters:
    return {"pk": _promotion(user).event_id, "language": "en"}


def _asked_promotion(user: User) -> Parameters:
    return {"pk": _promotion(user).pk, "language": "en"}


_EVENT_PROMOTIONS = [
    Route(GROUP_PROMOTIONS, Audience.OWNER, make=_organized_group),
    Route(PROMOTION, Audience.HOSTS, make=_hosted_event),
    Route(f"{PROMOTION}cancel/", Audience.HOSTS, make=_promoted_event),
    Route(f"{PROMOTION}mail/<str:language>/", Audience.HOSTS, Kind.DATA, make=_promoted_event),
    *(
        Route(f"{PROMOTION}{page}", Audience.HOSTS, Kind.REDIRECT, make=_promoted_event)
        for page in ("estimate/", "check/", "check/<str:language>/", "progress/")
    ),
    Route(NATIONAL_PROMOTIONS, Audience.PROMOTIONS),
    *(
        Route(f"{NATIONAL_PROMOTION}{page}", Audience.PROMOTIONS, make=_asked_promotion)
        for page in ("", "time/", "changes/", "decline/", "cancel/")
    ),
    *(
        Route(f"{NATIONAL_PROMOTION}{page}/", Audience.PROMOTIONS, Kind.REDIRECT, make=_asked_promotion)
        for page in ("presence", "progress")
    ),
    Route(f"{NATIONAL_PROMOTION}mail/<str:language>/", Audience.PROMOTIONS, Kind.DATA, make=_asked_promotion),
    *(
        Route(f"{NATIONAL_PROMOTION}{act}/", Audience.PROMOTIONS, Kind.POST_ONLY, make=_asked_promotion)
        for act in ("approve", "pause", "resume")
    ),
]

ROUTES = [
    *_ENDORSEMENT_RACES,
    *_ENDORSEMENT_POLLS,
    *_ENDORSEMENT_DECISIONS,
    *_ENDORSEMENT_SEEKERS,
    *_EVENT_PROMOTIONS,
    *_EVENT_ANSWERING,
    *_EVENT_STANDING,
    *_EVENT_FINDING,
    *_EVENT_DOOR,
    *_APPLYING,
    *_REVIEWING,
    *_AGREEMENTS,
    *_ACCOUNTS,
    *_STAFF,
    *_MAIL,
    *_GROUPS,
    *_ME,
    *_JOINING,
    *_IN_FORCE,
    *_DUPLICATES,
    *_DONATIONS,
    *_PEOPLE,
    *_CALLS,
    *_EVENT_PLANNING,
    *_EVENT_CAMPAIGNS,
    *_ROSTER,
    *_MACHINES,
    *_repair(),
]
