"""The pages of races and candidates for staff, and a group's nominations."""

import datetime
from io import BytesIO

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from affiliates.models import Group
from endorsements.interests import declare, keeps_from_casting
from endorsements.models import Candidate, ConflictKind, Nomination, Race, ResearchNote, Result
from endorsements.nominations import nominate
from endorsements.race_queue import RaceQueue, read_race_queue, states_with_races
from endorsements.races import plan_of
from foundation.accounts.models import StaffTask, User
from foundation.places.models import Area
from tests.factories import make_contact, make_group, make_staff
from tests.signing_in import sign_in

from .making import make_area, make_candidate, make_race
from .making_questionnaires import FAR

pytestmark = pytest.mark.django_db

GONE = datetime.date(2024, 11, 5)
DAYS = {"election_date": FAR.isoformat()}


@pytest.fixture
def staff(client: Client) -> User:
    user = make_staff(StaffTask.ENDORSEMENTS)
    sign_in(client, user)
    return user


@pytest.fixture
def group(db: None) -> Group:
    return make_group("Cambridge First")


@pytest.fixture
def contact(client: Client, group: Group) -> User:
    user = make_contact(group)
    sign_in(client, user)
    return user


def coming(**fields: object) -> Race:
    return make_race(**{"election_date": FAR, **fields})  # type: ignore[arg-type]


def text_of(client: Client, name: str, *args: object, query: str = "") -> str:
    response = client.get(reverse(name, args=args) + query)
    assert response.status_code == 200
    return response.content.decode()


# --- the list -------------------------------------------------------------------------------------------------


def found(**asked: str) -> list[Race]:
    return list(RaceQueue(**asked).races(timezone.localdate()))


def test_proposals_stand_first_then_the_next_election(staff: User, client: Client) -> None:
    later, sooner = coming(), coming(election_date=datetime.date(2089, 11, 8))
    proposed = coming(confirmed_at=None, proposed_by=make_group())
    with_proposal = coming(election_date=datetime.date(2095, 1, 1))
    make_candidate(with_proposal, "Bo Diaz", confirmed_at=None)
    past = make_race(election_date=GONE)
    assert found() == [proposed, with_proposal, sooner, later]
    assert found(when="past") == [past]
    assert len(found(when="all")) == 5
    page = text_of(client, "national_races")
    assert page.index(str(proposed)) < page.index(str(sooner))
    assert "candidate proposed" in page


def test_the_list_is_narrowed() -> None:
    california = coming(state="CA", level="state", office="State Senate")
    mayor = coming()
    make_candidate(mayor, "Ann Lee")
    unknown = coming(state="OH")
    Race.objects.filter(pk=unknown.pk).update(area=None)
    assert found(state="CA") == [california]
    assert found(level="state") == [california]
    assert found(area="unknown") == [unknown]
    assert set(found(area="known")) == {california, mayor}
    assert found(text="senate") == [california]
    assert found(text="ann l") == [mayor]
    assert states_with_races() == ["CA", "MA", "OH"]


def test_the_list_counts_candidates_and_nominations(group: Group) -> None:
    race = coming()
    ann, bo = make_candidate(race), make_candidate(race)
    make_candidate(race, withdrawn_at=timezone.now(), withdrawn_because="Said so.")
    other = make_group()
    for one, candidate in ((group, ann), (other, ann), (other, bo)):
        nominate(group=one, candidate=candidate, reason="x", actor=make_contact(one), now=timezone.now())
    listed = found()[0]
    assert (listed.standing, listed.nominations) == (2, 3)  # type: ignore[attr-defined]


def test_what_the_address_cannot_mean_is_left_out() -> None:
    assert read_race_queue({"state": "XX", "level": "x", "when": "x", "area": "x"}) == RaceQueue()
    queue = read_race_queue({"state": "MA", "when": "past", "q": " a  b "})
    assert queue == RaceQueue(state="MA", when="past", text="a b")
    assert queue.query == "state=MA&q=a+b&when=past"
    assert queue.page_query(2) == "?state=MA&q=a+b&when=past&page=2"
    assert RaceQueue().page_query(2) == "?page=2"
    assert queue.is_filtered
    assert not RaceQueue().is_filtered


# --- one race -------------------------------------------------------------------------------------------------


def test_staff_write_a_race_down_and_change_it(staff: User, client: Client) -> None:
    given = {"office": "Mayor", "district": "Cambridge", "level": "local", "state": "MA", **DAYS}
    response = client.post(reverse("national_race_new"), given)
    race = Race.objects.get()
    assert response.headers["Location"] == reverse("national_race", args=[race.pk])
    assert "Cambridge, MA" in text_of(client, "national_race", race.pk)
    again = client.post(reverse("national_race_new"), given)
    assert again.headers["Location"] == reverse("national_race", args=[race.pk])
    change = reverse("national_race_change", args=[race.pk])
    client.post(change, {**given, "about": "An open seat.", "revision": "0"})
    race.refresh_from_db()
    assert (race.about, race.area.name if race.area else "") == ("An open seat.", "Cambridge, MA")
    stale = client.post(change, {**given, "about": "Another.", "revision": "0"})
    assert stale.status_code == 422
    assert "Somebody has changed this race" in stale.content.decode()
    assert 'value="1"' in stale.content.decode()


def test_a_race_that_becomes_another_one_leads_there(staff: User, client: Client) -> None:
    here, other = coming(office="Mayor", district="A"), coming(office="Mayor", district="B")
    given = {"office": "Mayor", "district": "A", "level": "local", "state": "MA", "revision": "0", **DAYS}
    response = client.post(reverse("national_race_change", args=[other.pk]), given)
    assert response.headers["Location"] == reverse("national_race", args=[here.pk])


def test_the_race_page_says_why_nobody_knows_where_it_is(staff: User, client: Client) -> None:
    race = coming(office="State Senate", level="state", area=make_area())
    Race.objects.filter(pk=race.pk).update(area=None, district="57A")
    assert "No crosswalk says which ZIP codes lie in 57A of Massachusetts." in text_of(client, "national_race", race.pk)


def test_the_race_page_shows_nominations_and_conflicts_together(staff: User, client: Client, group: Group) -> None:
    race = coming()
    ann = make_candidate(race, "Ann Lee")
    contact = make_contact(group, "ada@example.org")
    nominate(group=group, candidate=ann, reason="She listens.", actor=contact, now=timezone.now())
    declare(race=race, user=contact, kind=ConflictKind.PAID, words="Field director", now=timezone.now())
    page = text_of(client, "national_race", race.pk)
    for words in ("Cambridge First", "She listens.", "1 group nominates them:", "Field director", "may not cast"):
        assert words in page


@pytest.mark.parametrize(
    ("given", "zip_code"),
    [
        ({"how": "states", "states": "ma"}, "02139"),
        ({"how": "counties", "counties": "Middlesex, MA\n\nSuffolk, ma"}, "02139"),
        ({"how": "zip_codes", "zip_codes": "02139, 02143\n02139;"}, "02143"),
        ({"how": "radius", "place": "Cambridge, MA", "miles": "3", "name": "Around  Cambridge"}, "02139"),
    ],
)
def test_staff_say_where_a_race_is(staff: User, client: Client, given: dict[str, str], zip_code: str) -> None:
    race = coming(office="State Senate", level="state", area=make_area("94110"))
    client.post(reverse("national_race_area", args=[race.pk]), {**given, "revision": "0"})
    race.refresh_from_db()
    assert race.area
    assert race.area.contains(zip_code)
    assert not race.area.contains("94110")
    assert race.area.name == ("Around Cambridge" if "name" in given else str(race))


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "How is the area known?"),
        ({"how": "area"}, "Choose the area."),
        ({"how": "states"}, "Say where it is."),
        ({"how": "states", "states": "XX"}, "There is no XX."),
        ({"how": "counties", "counties": "Middlesex"}, "Write the state behind each county"),
        ({"how": "counties", "counties": "Atlantis, MA"}, "There is no Atlantis, MA."),
        ({"how": "zip_codes", "zip_codes": "00000 1"}, "There is no 00000, 1."),
        ({"how": "radius", "place": "02139"}, "Say how many miles around it."),
        ({"how": "radius", "place": "nowhere at all", "miles": "3"}, "nowhere at all"),
    ],
)
def test_an_area_that_cannot_be_is_refused_in_words(
    staff: User, client: Client, given: dict[str, str], words: str
) -> None:
    race = coming()
    count = Area.objects.count()
    response = client.post(reverse("national_race_area", args=[race.pk]), given)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert Area.objects.count() == count


def test_staff_take_an_area_that_is_here_or_found_by_its_name_or_none(staff: User, client: Client) -> None:
    race, area = coming(office="Mayor", district="Somerville"), make_area("02144", name="Somerville, west")
    there = reverse("national_race_area", args=[race.pk])
    client.post(there, {"how": "area", "area": str(area.pk), "revision": "0"})
    race.refresh_from_db()
    assert race.area == area
    client.post(there, {"do": "found", "revision": "1"})
    race.refresh_from_db()
    assert race.area
    assert race.area.name == "Somerville, MA"
    stale = client.post(there, {"how": "none", "revision": "1"})
    assert stale.headers["Location"] == there
    client.post(there, {"how": "none", "revision": "2"})
    race.refresh_from_db()
    assert race.area is None


def test_staff_say_that_a_proposed_race_is_here_already(staff: User, client: Client) -> None:
    known = coming()
    race = coming(confirmed_at=None, proposed_by=make_group(), state=known.state)
    bo = make_candidate(race, "Bo Diaz", confirmed_at=None)
    fold = reverse("national_race_fold", args=[race.pk])
    assert fold in client.get(reverse("national_race", args=[race.pk])).content.decode()
    assert client.post(fold).status_code == 422
    response = client.post(fold, {"race": known.pk}, follow=True)
    assert response.redirect_chain[0][0] == reverse("national_race", args=[known.pk])
    assert "Bo Diaz" in response.content.decode()
    bo.refresh_from_db()
    assert bo.race == known
    confirmed = reverse("national_race_fold", args=[known.pk])
    assert client.get(confirmed).headers["Location"] == reverse("national_race", args=[known.pk])


def test_staff_confirm_and_decline_what_groups_propose(staff: User, client: Client) -> None:
    race = coming(confirmed_at=None, proposed_by=make_group())
    bo, zoe = make_candidate(race, "Bo Diaz", confirmed_at=None), make_candidate(race, "Zoe", confirmed_at=None)
    refused = client.get(reverse("national_candidate_new", args=[race.pk]))
    assert refused.headers["Location"] == reverse("national_race", args=[race.pk])
    client.post(reverse("national_candidate_confirm", args=[bo.pk]))
    bo.refresh_from_db()
    assert bo.confirmed_at is None
    client.post(reverse("national_race_confirm", args=[race.pk]))
    client.post(reverse("national_candidate_confirm", args=[bo.pk]))
    client.post(reverse("national_candidate_decline", args=[zoe.pk]), {"because": "She does not stand."})
    race.refresh_from_db()
    assert race.is_confirmed
    assert [one.name for one in race.candidates.confirmed()] == ["Bo Diaz"]
    assert not Candidate.objects.filter(pk=zoe.pk).exists()
    late = client.post(reverse("national_race_decline", args=[race.pk]), {"because": "No."})
    assert late.headers["Location"] == reverse("national_race", args=[race.pk])
    other = coming(confirmed_at=None)
    client.post(reverse("national_race_decline", args=[other.pk]), {"because": "No such office."})
    assert not Race.objects.filter(pk=other.pk).exists()


# --- candidates -----------------------------------------------------------------------------------------------


def test_staff_add_change_and_withdraw_a_candidate(staff: User, client: Client) -> None:
    race = coming()
    given = {"name": "Ann Lee", "email": "Ann@example.org", "label_1": "Website", "url_1": "example.org/ann"}
    client.post(reverse("national_candidate_new", args=[race.pk]), given)
    ann = Candidate.objects.get()
    assert [link.url for link in ann.links.all()] == ["https://example.org/ann"]
    twice = client.post(reverse("national_candidate_new", args=[race.pk]), {"name": "ann lee"})
    assert twice.status_code == 422
    assert "stands in the race already" in twice.content.decode()
    change = reverse("national_candidate_change", args=[ann.pk])
    assert 'value="https://example.org/ann"' in client.get(change).content.decode()
    client.post(change, {**given, "party": "Green", "label_2": "News", "url_2": "https://example.org/news"})
    ann.refresh_from_db()
    assert (ann.party, ann.links.count()) == ("Green", 2)
    client.post(reverse("national_candidate_withdraw", args=[ann.pk]), {"because": "Said so."})
    assert "Said so." in text_of(client, "national_candidate", ann.pk)
    again = client.post(reverse("national_candidate_withdraw", args=[ann.pk]), {"because": "Again."})
    assert again.status_code == 422


def test_links_are_whole_or_refused(staff: User, client: Client) -> None:
    race = coming()
    there = reverse("national_candidate_new", args=[race.pk])
    for given, words in (
        ({"url_1": "https://example.org"}, "Say what the link is called."),
        ({"label_1": "Website"}, "Enter the address of the link."),
        ({"label_1": "A", "url_1": "x.org", "label_2": "B", "url_2": "x.org"}, "each link once"),
        ({"email": "no address"}, "This is no e-mail address."),
    ):  # fmt: skip
        response = client.post(there, {"name": "Ann Lee", **given})
        assert response.status_code == 422
        assert words in response.content.decode()
    assert not Candidate.objects.exists()


def test_staff_record_results(staff: User, client: Client) -> None:
    ann = make_candidate(make_race(election_date=GONE))
    client.post(reverse("national_candidate_result", args=[ann.pk]), {"primary_result": "won", "result": "won"})
    ann.refresh_from_db()
    assert ann.result == Result.WON
    both = client.post(reverse("national_candidate_result", args=[ann.pk]), {"primary_result": "lost", "result": "won"})
    assert both.status_code == 422
    assert "cannot have won" in both.content.decode()


# --- research -------------------------------------------------------------------------------------------------


def test_research_is_kept_and_goes_out_as_an_attachment_only(staff: User, client: Client) -> None:
    ann = make_candidate(coming())
    file = BytesIO(b"%PDF-1.7 <script>alert(1)</script>")
    file.name = "votes señal.pdf"
    client.post(reverse("national_candidate_research", args=[ann.pk]), {"text": "Her votes.", "file": file})
    note = ResearchNote.objects.get()
    assert "votes señal.pdf" in text_of(client, "national_candidate", ann.pk)
    response = client.get(reverse("research_file", args=[ann.pk, note.pk]))
    assert response.content.startswith(b"%PDF-1.7")
    headers = response.headers
    assert headers["Content-Disposition"] == "attachment; filename*=utf-8''votes%20se%C3%B1al.pdf"
    assert headers["Content-Type"] == "application/octet-stream"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in headers["Cache-Control"]
    assert "sandbox" in headers["Content-Security-Policy"]
    other = make_candidate(coming())
    assert client.get(reverse("research_file", args=[other.pk, note.pk])).status_code == 404
    client.post(reverse("research_remove", args=[ann.pk, note.pk]))
    assert not ResearchNote.objects.exists()


def test_a_note_without_a_file_has_none_to_fetch(staff: User, client: Client) -> None:
    ann = make_candidate(coming())
    client.post(reverse("national_candidate_research", args=[ann.pk]), {"text": "Her votes."})
    note = ResearchNote.objects.get()
    assert client.get(reverse("research_file", args=[ann.pk, note.pk])).status_code == 404


def test_a_file_that_is_not_taken_is_said_at_its_field(staff: User, client: Client) -> None:
    ann = make_candidate(coming())
    file = BytesIO(b"<script>")
    file.name = "page.html"
    response = client.post(reverse("national_candidate_research", args=[ann.pk]), {"text": "x", "file": file})
    assert response.status_code == 422
    assert "Files can be PDF" in response.content.decode()
    assert not ResearchNote.objects.exists()


# --- a group's nominations ------------------------------------------------------------------------------------


def test_a_group_nominates_on_one_page(contact: User, client: Client, group: Group) -> None:
    race = coming()
    ann = make_candidate(race, "Ann Lee")
    there = reverse("nomination_new", args=[group.slug])
    assert "Ann Lee" in client.get(there).content.decode()
    response = client.post(there, {"choice": str(ann.pk), "reason": "She listens."})
    assert response.headers["Location"] == reverse("group_nominations", args=[group.slug])
    nomination = Nomination.objects.get()
    assert (nomination.candidate, nomination.group, nomination.by) == (ann, group, contact)
    twice = client.post(there, {"choice": str(ann.pk), "reason": "Again."})
    assert twice.status_code == 422
    assert "already" in twice.content.decode()
    assert "She listens." in text_of(client, "group_nominations", group.slug)
    withdraw = reverse("nomination_withdraw", args=[group.slug, nomination.pk])
    client.get(withdraw)
    assert Nomination.objects.standing().exists()
    client.post(withdraw)
    assert not Nomination.objects.standing().exists()
    assert client.get(withdraw).status_code == 404


def test_a_group_nominates_somebody_who_is_not_known(contact: User, client: Client, group: Group) -> None:
    race = coming()
    there = reverse("nomination_new", args=[group.slug])
    given = {"choice": "else", "name": "Bo Diaz", "link": "example.org/bo", "reason": "Housing."}
    client.post(there, {**given, "race": str(race.pk)})
    bo = Candidate.objects.get()
    assert (bo.race, bo.confirmed_at, bo.links.get().url) == (race, None, "https://example.org/bo")
    other = {"office": "City Council", "district": "Cambridge", "level": "local", "state": "MA", **DAYS}
    client.post(there, {**given, "race": "else", **other})
    proposed = Race.objects.proposed().get()
    assert (proposed.office, proposed.proposed_by, plan_of(proposed).state) == ("City Council", group, "MA")
    assert "City Council (Cambridge, MA)" in text_of(client, "group_nominations", group.slug)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({}, "Choose a candidate, or somebody else."),
        ({"choice": "else"}, "Enter the name of the candidate."),
        ({"choice": "else", "name": "Bo"}, "Choose the race."),
        ({"choice": "else", "name": "Bo", "race": "else"}, "Say which office it is."),
        (
            {"choice": "else", "name": "Bo", "race": "else", "office": "Chair", "level": "party", **DAYS},
            "Say whose party office it is.",
        ),
        (
            {"choice": "else", "name": "Bo", "race": "else", "office": "Mayor", "level": "local", **DAYS},
            "Say in which state it is.",
        ),
        (
            {
                "choice": "else", "name": "Bo", "race": "else", "office": "Mayor", "level": "local", "state": "MA",
                "election_date": "2024-11-05",
            },
            "This election is over.",
        ),
        (
            {"choice": "else", "name": "—", "race": "else", "office": "Mayor", "level": "local", "state": "MA", **DAYS},
            "A name has letters",
        ),
    ],
)  # fmt: skip
def test_what_is_missing_is_said_at_its_field(
    contact: User, client: Client, group: Group, given: dict[str, str], words: str
) -> None:
    response = client.post(reverse("nomination_new", args=[group.slug]), {"reason": "x", **given})
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not Race.objects.exists()


def test_a_link_to_one_race_shows_its_candidates_only(contact: User, client: Client, group: Group) -> None:
    race, other = coming(), coming()
    make_candidate(race, "Ann Lee")
    make_candidate(other, "Bo Diaz")
    page = text_of(client, "nomination_new", group.slug, query=f"?race={race.pk}")
    assert "Ann Lee" in page
    assert "Bo Diaz" not in page
    assert "Bo Diaz" in text_of(client, "nomination_new", group.slug, query="?race=nonsense")


def test_a_contact_declares_and_ends_an_interest(contact: User, client: Client, group: Group) -> None:
    race = coming()
    there = reverse("group_interests", args=[group.slug])
    client.post(there, {"race": str(race.pk), "kind": "paid", "words": "Field director"})
    assert keeps_from_casting(contact, race)
    twice = client.post(there, {"race": str(race.pk), "kind": "paid"})
    assert twice.status_code == 422
    interest = contact.conflicts_of_interest.get()
    client.post(reverse("interest_end", args=[group.slug, interest.pk]))
    assert not keeps_from_casting(contact, race)
    theirs = declare(race=race, user=make_contact(group), kind="paid", now=timezone.now())
    assert client.post(reverse("interest_end", args=[group.slug, theirs.pk])).status_code == 404


def test_another_groups_nomination_is_not_found(contact: User, client: Client, group: Group) -> None:
    other = make_group()
    candidate = make_candidate(coming())
    theirs = nominate(group=other, candidate=candidate, reason="x", actor=contact, now=timezone.now())
    assert client.post(reverse("nomination_withdraw", args=[group.slug, theirs.pk])).status_code == 404
    assert client.get(reverse("group_nominations", args=[other.slug])).status_code == 404
