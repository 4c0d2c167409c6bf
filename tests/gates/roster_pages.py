"""The pages of a group's roster and of its messages, the invitation onto a roster, and the held mails."""

from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import Page as BrowserPage

from affiliates.models import Group, JoinedBy, RosterEntry
from affiliates.roster_invitations import invite_to_roster
from affiliates.roster_messages import queue_message, send_message
from affiliates.roster_notes import put_roster_tag
from affiliates.sign_up import token_of
from affiliates.urls_roster import MESSAGES, PERSON, ROSTER
from foundation.accounts.models import StaffTask, User
from foundation.mail import pace
from foundation.mail.models import MailState, OutgoingMail
from foundation.mail.outbox import queue_mail
from members.models import ConsentPurpose
from tests.affiliates.rosters import make_entry
from tests.factories import make_contact, make_group, make_staff, make_user

from .visits import Steps, Visit, page, send

TYPED = {"subject": "Saturday at nine", "text": "We cook at nine.\n\nBring soup: https://example.org/soup"}


def roster() -> tuple[Group, User, RosterEntry]:
    """A group with some people on its roster, its organizer, and the one of them with all that can be known."""
    group = make_group("Table of Plenty", contact_email="table@example.org")
    organizer = make_contact(group)
    make_entry(group, "Κατερίνα Παπαδοπούλου", email="k@example.org", how=JoinedBy.FORM, zip_code="")
    make_entry(group, "Bob", consents=(ConsentPurpose.GROUP_MAIL,))
    ada = make_entry(group, "Ada Díaz", phone="+16175550123", language="es")
    for name in ("driver", "Saturdays", "Kraftfahrzeughaftpflicht"):
        put_roster_tag(entry=ada, name=name, actor=organizer)
    put_roster_tag(entry=make_entry(group, "Eve Stone"), name="choir", actor=organizer)
    ada.notes.create(author=organizer, at=timezone.now(), text="Brings soup.\n\nAsk about the van.")
    ada.notes.create(author=make_user(name="Bo"), at=timezone.now(), text="Called.")
    return group, organizer, ada


def visit(name: str, query: str = "", then: Steps | None = None, status: int = 200) -> Visit:
    group, organizer, _ada = roster()
    return Visit(f"{reverse(name, args=[group.slug])}{query}", user=organizer, then=then, status=status)


def of_ada(name: str, then: Steps | None = None, status: int = 200) -> Visit:
    group, organizer, ada = roster()
    return Visit(reverse(name, args=[group.slug, ada.pk]), user=organizer, then=then, status=status)


# --- the people ---------------------------------------------------------------------------------------------------


@page(ROSTER)
def roster_people() -> Visit:
    return visit("group_roster")


@page(ROSTER)
def roster_searched() -> Visit:
    return visit("group_roster", then=send(press="main .search button", words="Ada"))


@page(ROSTER)
def roster_of_nobody_found() -> Visit:
    return visit("group_roster", then=send(press="main .search button", words="nobody"))


@page(ROSTER)
def roster_of_those_who_do_not_share() -> Visit:
    return visit("group_roster", "?who=not_sharing")


@page(ROSTER)
def roster_empty() -> Visit:
    group = make_group()
    return Visit(reverse("group_roster", args=[group.slug]), user=make_contact(group))


@page(ROSTER)
def roster_closed_after_the_end() -> Visit:
    group = make_group(status="ended")
    return Visit(reverse("group_roster", args=[group.slug]), user=make_contact(group), status=403)


@page(f"{ROSTER}invite/")
def roster_invite() -> Visit:
    return visit("roster_invite")


@page(f"{ROSTER}invite/")
def roster_invite_with_errors() -> Visit:
    return visit("roster_invite", then=send(email="nobody"), status=422)


@page(f"{ROSTER}export/")
def roster_export() -> Visit:
    return visit("roster_export")


@page(f"{ROSTER}export/")
def roster_export_with_errors() -> Visit:
    return visit("roster_export", then=send(reason="why"), status=422)


@page(PERSON)
def roster_person() -> Visit:
    return of_ada("roster_person")


@page(PERSON)
def roster_person_with_errors() -> Visit:
    return of_ada("roster_person", then=send(press="main [aria-labelledby=notes] button"), status=422)


@page(f"{PERSON}remove/")
def roster_remove() -> Visit:
    return of_ada("roster_remove")


@page("join/<str:token>/")
def roster_invitation() -> Visit:
    return Visit(reverse("sign_up_confirm", args=[invitation(make_group("Table of Plenty"))]))


@page("join/<str:token>/")
def roster_invitation_of_a_group_that_ended() -> Visit:
    group = make_group("Table of Plenty")
    path = reverse("sign_up_confirm", args=[invitation(group)])
    Group.objects.filter(pk=group.pk).update(status="ended")
    return Visit(path, status=410)


def invitation(group: Group) -> str:
    made = invite_to_roster(group=group, email="ada@example.org", language="en", actor=make_user(), now=timezone.now())
    return token_of(made)


# --- messages -----------------------------------------------------------------------------------------------------


@page(MESSAGES)
def roster_messages_none() -> Visit:
    return visit("group_messages")


@page(MESSAGES)
def roster_messages_sent() -> Visit:
    group, organizer, _ada = roster()
    for subject in ("Saturday", "Σάββατο"):
        send_message(
            group=group, subject=subject, text="x", reply_to=organizer.email, actor=organizer, now=timezone.now()
        )
    return Visit(reverse("group_messages", args=[group.slug]), user=organizer)


@page(f"{MESSAGES}new/")
def roster_message_new() -> Visit:
    return visit("group_message_new")


@page(f"{MESSAGES}new/")
def roster_message_with_errors() -> Visit:
    return visit("group_message_new", then=send(), status=422)


@page(f"{MESSAGES}new/")
def roster_message_preview() -> Visit:
    return visit("group_message_new", then=send(**TYPED))


@page(f"{MESSAGES}new/")
def roster_message_tested() -> Visit:
    def steps(page: BrowserPage) -> None:
        send(**TYPED)(page)
        send(press="main button[value=test]")(page)

    return visit("group_message_new", then=steps)


@page(f"{MESSAGES}<int:pk>/")
def roster_message_results() -> Visit:
    group, organizer, _ada = roster()
    now = timezone.now()
    message = send_message(group=group, reply_to=organizer.email, actor=organizer, now=now, **TYPED)
    queue_message(message_id=message.pk, now=now)
    return Visit(reverse("group_message", args=[group.slug, message.pk]), user=organizer)


# --- held mails ---------------------------------------------------------------------------------------------------


@page("national/mail/held/")
def held_mails_none() -> Visit:
    return Visit("/national/mail/held/", user=make_staff(StaffTask.PROMOTIONS))


@page("national/mail/held/")
def held_mails() -> Visit:
    for subject in ("Saturday at nine", "Σάββατο στις εννέα"):
        mail = queue_mail(to="ada@example.org", subject=subject, text="x", purpose="group message", language="en")
        OutgoingMail.objects.filter(pk=mail.pk).update(state=MailState.UNKNOWN, went_out_at=timezone.now())
    pace.pause()
    return Visit("/national/mail/held/", user=make_staff(StaffTask.PROMOTIONS))
