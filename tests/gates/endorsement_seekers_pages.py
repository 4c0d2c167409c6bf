"""How the pages of seekers are opened for the gates."""

import datetime

from django.utils import timezone

from affiliates.models import Group
from endorsements.models import OfficeSeeker, SeekerStage
from endorsements.seekers import seeker_token
from endorsements.urls_seekers import GROUP_REFERRALS, NATIONAL_RUN
from foundation.accounts.models import StaffTask, User
from tests.endorsements.making import make_area, make_race
from tests.endorsements.seeking import make_hand, make_seeker
from tests.factories import make_contact, make_group, make_staff, make_user

from .visits import Visit, page, send

LONG = "Kraftfahrzeughaftpflichtversicherungsgesellschaft"
DAY = datetime.timedelta(days=1)
LINK = "run/answers/<str:token>/"


def make_dates() -> None:
    today, area = timezone.localdate(), make_area("02139")
    later = {"election_date": today + 200 * DAY}
    make_race(area=area, office="School committee", filing_deadline=today + DAY, is_open_seat=True, **later)
    make_race(area=area, office=f"Council {LONG}", level="state", primary_date=today + 40 * DAY, **later)
    make_race(area=area, office="Party committee", level="party", party="People’s", election_date=today)
    make_race(area=make_area("01002"), office="Select board", filing_deadline=today + 20 * DAY, **later)


def make_pipeline() -> User:
    stella = make_staff(StaffTask.ENDORSEMENTS, email="stella.staff@example.org")
    today = timezone.localdate()
    make_seeker(office="School board", level="local")
    make_seeker(office=LONG, zip_code="78701", stage=SeekerStage.IN_TOUCH, follow_up_on=today - DAY, in_hands_of=stella)
    make_seeker(level="party", zip_code="00901", stage=SeekerStage.FILED, follow_up_on=today + DAY)
    make_seeker(zip_code="", stage=SeekerStage.NOT_NOW)
    return stella


# --- everybody --------------------------------------------------------------------------------------------------


@page("run/")
def run_for_office() -> Visit:
    make_pipeline()
    return Visit("/run/")


@page("run/")
def run_for_office_first_of_all() -> Visit:
    return Visit("/run/")


@page("run/")
def run_for_office_near() -> Visit:
    make_dates()
    return Visit("/run/?near=02139")


@page("run/")
def run_for_office_near_nothing() -> Visit:
    return Visit("/run/?near=59301")


@page("run/")
def run_for_office_near_an_unknown_place() -> Visit:
    return Visit("/run/?near=00000", status=422)


@page("run/")
def run_for_office_with_errors() -> Visit:
    then = send(press="#hand button", place="nowhere", name=LONG)
    return Visit("/run/", then=then, status=422)


@page("run/sent/")
def run_hand_sent() -> Visit:
    return Visit("/run/sent/")


@page("run/forgotten/")
def run_hand_forgotten() -> Visit:
    return Visit("/run/forgotten/")


def link_to(seeker: OfficeSeeker) -> str:
    return f"/run/answers/{seeker_token(seeker)}/"


@page(LINK)
def run_hand_to_confirm() -> Visit:
    return Visit(link_to(make_hand(at=timezone.now())))


@page(LINK)
def run_hand_confirmed() -> Visit:
    return Visit(link_to(make_seeker()))


@page(LINK)
def run_link_that_is_none() -> Visit:
    return Visit("/run/answers/forged/", status=404)


def make_referred() -> OfficeSeeker:
    group = make_group(f"Table of Plenty {LONG}")
    return make_hand(referred_by_group=group, office="School board", words=f"She is fair.\n\n{LONG}", at=timezone.now())


@page(LINK)
def run_referral_to_answer() -> Visit:
    return Visit(link_to(make_referred()))


@page(LINK)
def run_referral_answered_with_errors() -> Visit:
    return Visit(link_to(make_referred()), then=send(place="00000"), status=422)


# --- one's own account ------------------------------------------------------------------------------------------


@page("me/run/")
def my_run() -> Visit:
    stella, group = make_pipeline(), make_group(f"Table of Plenty {LONG}")
    user = make_user("ada.candidate@example.org")
    first = make_seeker(
        user.email, office=f"School board {LONG}", words=f"I teach.\n{LONG}", in_hands_of=stella,
        race=make_race(), referred_by_group=group, tells_group=True,
    )  # fmt: skip
    first.follow_ups.create(text=f"Called her.\n{LONG}", at=timezone.now(), by=stella)
    make_seeker(person=first.person, level="party", referred_by_group=group)
    return Visit("/me/run/", user=user)


@page("me/run/")
def my_run_nothing() -> Visit:
    return Visit("/me/run/", user=make_user())


@page("me/")
def me_running_for_office() -> Visit:
    user = make_user("ada.candidate@example.org")
    make_seeker(user.email, office=f"School board {LONG}")
    return Visit("/me/", user=user)


# --- a group ----------------------------------------------------------------------------------------------------


def make_referring() -> tuple[Group, str]:
    group = make_group(f"Table of Plenty {LONG}")
    return group, f"/organize/groups/{group.slug}/referrals/"


@page(GROUP_REFERRALS)
def group_referrals() -> Visit:
    group, there = make_referring()
    now = timezone.now()
    make_hand(referred_by_group=group, at=now)
    make_seeker(referred_by_group=group, tells_group=True, stage=SeekerStage.FILED, office=LONG, at=now)
    return Visit(there, user=make_contact(group))


@page(GROUP_REFERRALS)
def group_referrals_none() -> Visit:
    group, there = make_referring()
    return Visit(there, user=make_contact(group))


@page(GROUP_REFERRALS)
def group_referrals_with_errors() -> Visit:
    group, there = make_referring()
    return Visit(there, user=make_contact(group), then=send(email="nobody"), status=422)


# --- staff ------------------------------------------------------------------------------------------------------


@page(NATIONAL_RUN)
def national_run() -> Visit:
    return Visit("/national/run/", user=make_pipeline())


@page(NATIONAL_RUN)
def national_run_filtered_to_nobody() -> Visit:
    return Visit("/national/run/?state=AK&due=yes&mine=yes", user=make_pipeline())


@page(NATIONAL_RUN)
def national_run_nobody_yet() -> Visit:
    return Visit("/national/run/", user=make_staff(StaffTask.ENDORSEMENTS))


@page(f"{NATIONAL_RUN}states/")
def national_run_states() -> Visit:
    return Visit("/national/run/states/", user=make_pipeline())


@page(f"{NATIONAL_RUN}states/")
def national_run_states_nobody_yet() -> Visit:
    return Visit("/national/run/states/", user=make_staff(StaffTask.ENDORSEMENTS))


def make_talked_to() -> tuple[OfficeSeeker, User]:
    stella = make_pipeline()
    race = make_race(filing_deadline=timezone.localdate() + DAY, election_date=timezone.localdate() + 90 * DAY)
    seeker = make_seeker(
        "ada.candidate@example.org", office=f"School board {LONG}", level="local", race=race, words=f"I teach. {LONG}",
        referred_by_group=make_group("Table of Plenty"),
    )  # fmt: skip
    for text in ("Called her.", f"She files in May. {LONG}"):
        seeker.follow_ups.create(text=text, at=timezone.now(), by=stella)
    make_seeker(person=seeker.person, level="party")
    return seeker, stella


@page(f"{NATIONAL_RUN}<int:pk>/")
def national_seeker() -> Visit:
    seeker, stella = make_talked_to()
    return Visit(f"/national/run/{seeker.pk}/", user=stella)


@page(f"{NATIONAL_RUN}<int:pk>/")
def national_seeker_with_errors() -> Visit:
    seeker, stella = make_talked_to()
    return Visit(f"/national/run/{seeker.pk}/", user=stella, then=send(follow_up_on="2020-01-01"), status=422)
