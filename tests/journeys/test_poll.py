"""From a group's nomination to an endorsement that binds the groups: contacts and staff, each in a browser."""

import datetime
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from django.utils import timezone
from playwright.sync_api import Download, Page, expect

from affiliates.models import Group
from endorsements.closing import close_due_polls
from endorsements.models import Candidate, Endorsement, GroupEndorsement, Poll, PollState, Race
from events.models import EventState, Promotion
from foundation.accounts.models import StaffTask
from foundation.mail.models import OutgoingMail
from tests.browser import NewContext, tab_to
from tests.endorsements.clock import let_time_pass
from tests.endorsements.making import make_area, make_race
from tests.events.making import make_event
from tests.factories import make_contact, make_group, make_staff

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

ADA, BO = "Ada Adeyemi", "Bo Brandt"
DAY = datetime.timedelta(days=1)
DESK = {"width": 1280, "height": 900}


class Chapter(NamedTuple):
    """A group, and its point of contact before a browser."""

    group: Group
    page: Page

    def there(self, path: str = "") -> str:
        return f"/organize/groups/{self.group.slug}/{path}"


def open_chapter(new_context: NewContext, name: str, near: str) -> Chapter:
    group = make_group(name, near=near, slug=name.lower())
    contact = make_contact(group, f"{name.lower()}@example.org")
    return Chapter(group, new_context(user=contact).new_page())


def open_staff(new_context: NewContext, name: str) -> Page:
    staff = make_staff(StaffTask.ENDORSEMENTS, email=f"{name}@example.org")
    return new_context(user=staff, viewport=DESK).new_page()


@pytest.fixture
def race(transactional_db: None) -> Race:
    """The mayor of Cambridge and Somerville, elected in 90 days; nobody stands yet."""
    return make_race(area=make_area("02139", "02143"), office="Mayor", election_date=timezone.localdate() + 90 * DAY)


# --- the steps ----------------------------------------------------------------------------------------------------


def press(page: Page, name: str) -> None:
    """Move to what is called so with the Tab key, and press Enter."""
    tab_to(page, name)
    page.keyboard.press("Enter")


def nominate_somebody_new(chapter: Chapter, race: Race) -> None:
    page = chapter.page
    page.goto(chapter.there("nominations/"))
    page.get_by_role("link", name="Nominate a candidate").first.click()
    page.get_by_label("Somebody else", exact=True).check()
    if not page.get_by_label("Name of the candidate").is_visible():  # open where nobody stands yet
        page.get_by_text("Somebody else: who, and in which race").click()
    page.get_by_label("Name of the candidate").fill(ADA)
    page.get_by_label("In which race?").select_option(label=str(race))
    page.get_by_label("Why this candidate?").fill("She came to our meeting three times.")
    page.get_by_role("button", name="Nominate", exact=True).click()
    expect(page.get_by_role("heading", name="Your group nominates")).to_be_visible()


def nominate(chapter: Chapter, race: Race, reason: str) -> None:
    page = chapter.page
    page.goto(chapter.there("nominations/new/"))
    page.get_by_label(f"{ADA}, {race}").check()
    page.get_by_label("Why this candidate?").fill(reason)
    page.get_by_role("button", name="Nominate", exact=True).click()
    expect(page.get_by_role("heading", name="Your group nominates")).to_be_visible()


def confirm_candidate(staff: Page, race: Race) -> None:
    staff.goto(f"/national/races/{race.pk}/")
    panel = staff.get_by_role("region", name=ADA)
    expect(panel).to_contain_text("She came to our meeting three times.")
    panel.get_by_role("button", name="Confirm").click()
    expect(panel.get_by_role("button", name="Confirm")).to_have_count(0)


def add_candidate(staff: Page, race: Race, name: str) -> None:
    staff.goto(f"/national/races/{race.pk}/")
    staff.get_by_role("link", name="Add a candidate").click()
    staff.get_by_label("Name", exact=True).fill(name)
    staff.get_by_role("button", name="Save").click()
    expect(staff.get_by_role("main")).to_contain_text(name)


def make_and_open_poll(staff: Page, race: Race) -> Poll:
    closes = timezone.now() + 7 * DAY
    staff.goto("/national/polls/")
    staff.get_by_role("link", name="Make a poll").first.click()
    staff.get_by_label("Race").select_option(value=str(race.pk))
    staff.get_by_label("What the groups should know").fill("Two candidates, one chapter each way.")
    staff.get_by_label("It closes on").fill(f"{closes:%Y-%m-%d}")
    staff.get_by_label("At", exact=True).fill("20:00")
    staff.get_by_role("button", name="Make the draft").click()
    expect(staff.get_by_role("main")).to_contain_text("3 groups would have a vote")
    expect(staff.get_by_role("main")).not_to_contain_text("Dogs")
    staff.get_by_role("button", name="Open the poll").click()
    expect(staff.get_by_role("main")).to_contain_text("0 of 3 groups have cast")
    return Poll.objects.get()


def cast(chapter: Chapter, poll: Poll, choice: str) -> str:
    """Choose, check, cast; returns the receipt."""
    page = chapter.page
    page.goto(chapter.there("polls/"))
    page.get_by_role("link", name=str(poll.race)).click()
    page.get_by_label(choice).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Cast the ballot").click()
    expect(page.get_by_role("heading", name="Your ballot is cast")).to_be_visible()
    return page.locator("code.fingerprint").inner_text()


def cast_by_keyboard(chapter: Chapter, poll: Poll) -> None:
    """For the first choice, which is hers; the mouse lies still."""
    page = chapter.page
    page.goto(chapter.there("polls/"))
    press(page, str(poll.race))
    tab_to(page, ADA)
    page.keyboard.press("Space")
    press(page, "Continue")
    expect(page.get_by_role("heading", name="Check your group’s ballot")).to_be_visible()
    press(page, "Cast the ballot")
    expect(page.get_by_role("heading", name="Your ballot is cast")).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text(ADA)


def change_to(chapter: Chapter, choice: str) -> str:
    page = chapter.page
    page.get_by_role("link", name="Change the ballot").click()
    page.get_by_label(choice).check()
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Change the ballot").click()
    expect(page.get_by_role("main")).to_contain_text("cast 2 times; the last one counts")
    return page.locator("code.fingerprint").inner_text()


def download(page: Page, name: str, folder: Path) -> Path:
    """What the link of this name gives, under the name that it proposes."""
    files: list[Download] = []
    # Playwright sets an attribute on its handlers, which a method of a list does not take.
    page.on("download", lambda download: files.append(download))  # noqa: PLW0108
    page.get_by_role("link", name=name).click()
    for _ in range(50):
        if files:
            break
        page.wait_for_timeout(100)
    path = folder / files[0].suggested_filename
    files[0].save_as(path)
    return path


def approve(staff: Page, *, statement: str = "") -> None:
    staff.goto("/national/endorsements/")
    staff.get_by_role("link", name="Begin with the oldest").click()
    staff.get_by_role("link", name="Approve", exact=True).click()
    if statement:
        staff.get_by_label("Public statement").fill(statement)
    staff.get_by_label("Your reason").fill("The groups were clear.")
    staff.get_by_role("button", name="Approve", exact=True).click()


def expect_stopped(page: Page) -> None:
    """What was tried is refused, and the page says why."""
    expect(page.get_by_role("main")).to_contain_text(ADA)
    expect(page.get_by_role("main")).to_contain_text("endorsed")


# --- the journey --------------------------------------------------------------------------------------------------


def test_the_chapters_decide_and_national_endorses(new_context: NewContext, race: Race, tmp_path: Path) -> None:
    ants, bees, cats = (
        open_chapter(new_context, *one) for one in (("Ants", "02139"), ("Bees", "02139"), ("Cats", "02143"))
    )
    dogs = open_chapter(new_context, "Dogs", "78701")
    stella, sven = (open_staff(new_context, name) for name in ("stella", "sven"))
    public = new_context().new_page()

    # A group nominates somebody whom nobody knew; staff confirm her, and another group nominates her as well. What
    # the groups say stands together before staff, who add an opponent.
    nominate_somebody_new(ants, race)
    confirm_candidate(stella, race)
    nominate(bees, race, "No one else opens the books.")
    add_candidate(stella, race, BO)
    stella.goto(f"/national/races/{race.pk}/")
    expect(stella.get_by_role("region", name=ADA)).to_contain_text("2 groups nominate them:")
    assert set(Candidate.objects.confirmed().values_list("name", flat=True)) == {ADA, BO}

    # A poll is made, looked at and opened: the three groups of the area are asked, the one outside is not.
    poll = make_and_open_poll(stella, race)
    response = dogs.page.goto(dogs.there(f"polls/{poll.slug}/"))
    assert response
    assert response.status == 403
    expect(dogs.page.get_by_role("main")).to_contain_text("has no vote in it")

    # Ballots: one by the keyboard alone, one changed. Staff see how many, and nobody what was chosen.
    cast_by_keyboard(ants, poll)
    first = cast(bees, poll, BO)
    receipt = change_to(bees, ADA)
    assert first != receipt
    cast(cats, poll, "No endorsement")
    stella.goto(f"/national/polls/{poll.pk}/")
    expect(stella.get_by_role("main")).to_contain_text("3 of 3 groups have cast")
    expect(stella.get_by_role("heading", name="Result")).to_have_count(0)
    public.goto(poll.get_absolute_url())
    expect(public.get_by_role("main")).to_contain_text("nobody sees it before")

    # The closing time comes. The sweep closes the poll and counts: two of three, more than half of all asked.
    let_time_pass(poll)
    assert close_due_polls() == 1
    public.reload()
    expect(public.get_by_role("main")).to_contain_text(f"Recommended: {ADA}")
    expect(public.get_by_role("main")).to_contain_text("2 of 3 groups chose this candidate")
    expect(public.get_by_role("row").filter(has_text="Bees")).to_contain_text(ADA)
    expect(public.get_by_role("row").filter(has_text="Cats")).to_contain_text("No endorsement")

    # Whoever doubts it downloads the entries and the program, and counts again.
    export, program = download(public, "All entries (JSON)", tmp_path), download(public, "The program", tmp_path)
    command = [sys.executable, "-I", str(program), str(export)]
    recounted = subprocess.run(command, capture_output=True, text=True, check=True)
    assert f"Recommended: {ADA}" in recounted.stdout
    assert Poll.objects.get().head in recounted.stdout
    export.write_bytes(export.read_bytes().replace(BO.encode(), b"Bob Brandt", 1))
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1

    # Two different people of the staff decide, and only then is it published.
    approve(stella, statement="She listens.")
    public.goto(Candidate.objects.get(name=ADA).get_absolute_url())
    expect(public.get_by_role("main")).not_to_contain_text("She listens.")
    approve(sven)
    assert Endorsement.objects.public(timezone.now()).get().candidate.name == ADA
    public.reload()
    expect(public.get_by_role("main")).to_contain_text("She listens.")
    public.goto("/endorsements/")
    expect(public.get_by_role("main")).to_contain_text(ADA)

    # No counter-endorsement: not by a group's word, not by an event, not by a promotion.
    endorse_the_opponent(cats, race)
    submit_an_event_for_the_opponent(cats)
    promote_the_opponent(cats)
    assert Poll.objects.get().state == PollState.CLOSED
    assert not OutgoingMail.objects.filter(to_email="dogs@example.org").exists()


def endorse_the_opponent(chapter: Chapter, race: Race) -> None:
    page = chapter.page
    page.goto(chapter.there(f"endorsements/races/{race.slug}/"))
    page.get_by_label(BO).check()
    page.get_by_role("button", name="Endorse", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("no group may endorse an opponent")
    assert not GroupEndorsement.objects.exists()


def submit_an_event_for_the_opponent(chapter: Chapter) -> None:
    event = make_event(
        chapter.group, title=f"Meet {BO}", state=EventState.DRAFT, starts_at=timezone.now() + 9 * DAY, about="Come."
    )
    page = chapter.page
    page.goto(f"/organize/events/{event.pk}/")
    expect_stopped(page)
    expect(page.get_by_role("button", name="Submit it")).to_have_count(0)


def promote_the_opponent(chapter: Chapter) -> None:
    event = make_event(chapter.group, title="Soup night", starts_at=timezone.now() + 9 * DAY)
    page = chapter.page
    page.goto(f"/organize/events/{event.pk}/promotion/")
    page.get_by_label("Subject").fill(f"Soup with {BO.upper()}")
    page.get_by_label("Introduction").fill("Come and hear why he should be mayor.")
    page.get_by_role("button", name="Look at the mail").click()
    expect(page.get_by_role("main")).to_contain_text("It cannot be sent to national")
    expect_stopped(page)
    expect(page.get_by_role("button", name="Send it to national")).to_have_count(0)
    assert not Promotion.objects.exists()
