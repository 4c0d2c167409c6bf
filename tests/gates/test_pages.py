"""Every page in real Chromium, against the gates of experience.md."""

import pytest
from playwright.sync_api import Page

from tests.browser import skip_but_not_in_ci
from tests.routes import ROUTES, Audience, Kind

from . import (  # noqa: F401  # they fill the list
    account_pages,
    agreement_pages,
    application_pages,
    call_pages,
    donation_pages,
    duplicate_pages,
    endorsement_decisions_pages,
    endorsement_polls_pages,
    endorsement_races_pages,
    endorsement_seekers_pages,
    error_pages,
    event_answering_pages,
    event_campaigns_pages,
    event_door_pages,
    event_finding_pages,
    event_planning_pages,
    event_promotions_pages,
    event_standing_pages,
    import_pages,
    in_force_pages,
    joining_pages,
    me_pages,
    people_pages,
    public_pages,
    reviewing_pages,
    roster_pages,
    rules,
    staff_pages,
)
from .html_checker import HtmlChecker
from .visits import GatedPage, Visit, pages
from .window import Window


class Findings:
    """What is wrong with a page, gathered from all gates so that one run tells everything."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def add(self, gate: str, faults: list[str]) -> None:
        self.lines += [f"{gate}: {fault}" for fault in faults]

    def expect(self, gate: str, is_so: bool, fault: str) -> None:
        if not is_so:
            self.add(gate, [fault])


@pytest.mark.browser
@pytest.mark.parametrize("gated", [pytest.param(page, id=page.name) for page in pages])
def test_the_page_passes_every_gate(
    gated: GatedPage,
    window: Window,
    checker: HtmlChecker | str,
    full: bool,
) -> None:
    """A route's first page without JavaScript and in Spanish too; its others, such as with errors, so by --full."""
    visit = gated.visit()
    findings = Findings()
    shown = look(window.enter(user=visit.user), visit, findings, checker)
    is_first = full or gated is next(page for page in pages if page.route == gated.route)
    if is_first:
        look_without_javascript(window.enter(user=visit.user, has_scripts=False), visit, findings, shown)
    if is_first and not visit.has_own_language:
        look_in_spanish(window.enter(user=visit.user, language="es"), visit, findings)
    if findings.lines:
        pytest.fail("\n".join(findings.lines), pytrace=False)
    if isinstance(checker, str):
        skip_but_not_in_ci(f"It passes all gates but that of valid HTML, which was not looked at. {checker}")


def look(page: Page, visit: Visit, findings: Findings, checker: HtmlChecker | str) -> list[str]:
    """Open the page on a phone and see that it passes; returns its contents, to compare."""
    traffic = open_page(page, visit, findings)
    rules.load_all(page)
    findings.expect("language", page.locator("html").get_attribute("lang") == "en", "the page is not in English")
    if isinstance(checker, HtmlChecker):
        findings.add("valid HTML", checker.faults(traffic.document()))
    if visit.is_public:
        weight = traffic.weight()
        findings.expect("weight", weight <= rules.MOST_BYTES, f"{weight / 1024:.1f} KB gzipped")
    findings.add("accessible", rules.accessibility_faults(page))
    findings.add("targets", rules.target_faults(page))
    shown = rules.contents(page)
    page.emulate_media(color_scheme="dark")
    findings.add("accessible in the dark", rules.colour_faults(page))
    findings.add("320 px", rules.overflow_faults(page))
    findings.add("quiet", traffic.faults())
    traffic.stop()
    return shown


def look_without_javascript(page: Page, visit: Visit, findings: Findings, shown: list[str]) -> None:
    """See that the page says and offers the same to a browser without JavaScript."""
    open_page(page, visit, findings).stop()
    lost = set(shown) - set(rules.contents(page))
    findings.add("without JavaScript", sorted(f"is not there: {line}" for line in lost))


def look_in_spanish(page: Page, visit: Visit, findings: Findings) -> None:
    traffic = open_page(page, visit, findings)
    findings.expect("language", page.locator("html").get_attribute("lang") == "es", "the page is not in Spanish")
    findings.add("accessible in Spanish", rules.naming_faults(page))
    findings.add("quiet in Spanish", traffic.faults())
    traffic.stop()


def open_page(page: Page, visit: Visit, findings: Findings) -> rules.Traffic:
    """Make the visit; its status is one of the gates."""
    page.goto("about:blank")  # what the page before this one asks for every few seconds is not this one's
    traffic = rules.Traffic(page)
    page.goto(visit.path)
    if visit.then:
        visit.then(page)
    page.locator("h1").first.wait_for()
    status = traffic.documents[-1].status
    findings.expect("status", status == visit.status, f"{status} and not {visit.status}")
    return traffic


def test_every_page_is_looked_at() -> None:
    to_look_at = {route.pattern for route in ROUTES if route.kind == Kind.PAGE and route.audience != Audience.NOBODY}
    assert to_look_at - {page.route for page in pages} == set()
