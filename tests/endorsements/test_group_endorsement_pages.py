"""The pages of a group: whom it endorses, what has to be changed; its dashboard and its public page."""

import pytest
from django.test import Client
from django.utils import timezone

from affiliates.models import Group, Role
from endorsements.models import GroupEndorsement
from foundation.accounts.models import User
from tests.factories import make_contact, make_group
from tests.signing_in import sign_in

from .deciding import FAR_ELECTION, endorse_nationally, make_conflict, make_group_endorsement
from .making import make_area, make_candidate, make_race

pytestmark = pytest.mark.django_db


@pytest.fixture
def group() -> Group:
    return make_group("Table of Plenty")


@pytest.fixture
def contact(group: Group, client: Client) -> User:
    user = make_contact(group)
    sign_in(client, user)
    return user


def there(group: Group, below: str = "") -> str:
    return f"/organize/groups/{group.slug}/endorsements/{below}"


def text(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_contact_endorses_and_the_public_reads_it(client: Client, group: Group, contact: User) -> None:
    race = make_race(area=make_area("02139"), election_date=FAR_ELECTION)
    candidate = make_candidate(race, "Jane Kim")
    assert there(group, f"races/{race.slug}/") in text(client, there(group))
    answer = client.post(there(group, f"races/{race.slug}/"), {"candidate": candidate.pk, "statement": "She listens."})
    assert answer.headers["Location"] == there(group)
    assert "Your group endorses Jane Kim now." in text(client, there(group))
    assert "Whom this group endorses" in Client().get(group.get_absolute_url()).content.decode()
    assert "She listens." in Client().get(candidate.get_absolute_url()).content.decode()
    assert "Table of Plenty" in Client().get(race.get_absolute_url()).content.decode()


def test_against_national_the_form_says_why(client: Client, group: Group, contact: User) -> None:
    race = make_race(election_date=FAR_ELECTION)
    endorse_nationally(make_candidate(race, "Jane Kim"))
    opponent = make_candidate(race, "Bo Opponent")
    assert "The network has endorsed Jane Kim in this race." in text(client, there(group, f"races/{race.slug}/"))
    answer = client.post(there(group, f"races/{race.slug}/"), {"candidate": opponent.pk})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "<title>Error:" in page
    assert "no group may endorse an opponent." in page
    assert not GroupEndorsement.objects.exists()


def test_a_withdrawal_is_asked_once_more(client: Client, group: Group, contact: User) -> None:
    own = make_group_endorsement(group, make_candidate(make_race(election_date=FAR_ELECTION), "Jane Kim"))
    assert "Withdraw your endorsement of Jane Kim?" in text(client, there(group, f"{own.pk}/withdraw/"))
    assert client.post(there(group, f"{own.pk}/withdraw/"), {}).headers["Location"] == there(group)
    assert "Nobody so far." in text(client, there(group))
    assert client.post(there(group, f"{own.pk}/withdraw/"), {}).status_code == 422


def test_another_group_s_endorsement_and_races_unknown_or_over_are_not_found(
    client: Client, group: Group, contact: User
) -> None:
    other = make_group_endorsement(make_group(), make_candidate(make_race()))
    assert client.get(there(group, f"{other.pk}/withdraw/")).status_code == 404
    unknown = make_race(confirmed_at=None, election_date=FAR_ELECTION)
    over = make_race(election_date="2020-11-03")
    for race in (unknown, over):
        assert client.get(there(group, f"races/{race.slug}/")).status_code == 404
    assert "We know of no candidate" in text(
        client, there(group, f"races/{make_race(election_date=FAR_ELECTION).slug}/")
    )


def test_organizers_read_and_do_not_endorse(client: Client, group: Group) -> None:
    sign_in(client, make_contact(group, role=Role.ORGANIZER))
    race = make_race(area=make_area("02139"), election_date=FAR_ELECTION)
    own = make_group_endorsement(group, make_candidate(make_race(election_date=FAR_ELECTION)))
    page = text(client, there(group))
    assert race.get_absolute_url() in page
    assert "Points of contact endorse in the group’s name." in page
    assert client.get(there(group, f"races/{race.slug}/")).status_code == 403
    assert client.get(there(group, f"{own.pk}/withdraw/")).status_code == 403


def test_strangers_find_nothing_and_a_forming_group_reads_when_it_opens(client: Client, group: Group) -> None:
    forming = make_group(status="forming")
    sign_in(client, make_contact(forming))
    assert client.get(there(group)).status_code == 404
    race = make_race(election_date=FAR_ELECTION)
    for below in ("", f"races/{race.slug}/"):
        answer = client.get(there(forming, below))
        assert answer.status_code == 403
        assert "This opens when the agreement is in force" in answer.content.decode()


def test_what_has_to_be_changed_stands_first_on_the_dashboard(client: Client, group: Group, contact: User) -> None:
    make_conflict(group, opened_at=timezone.now())
    page = text(client, f"/organize/groups/{group.slug}/")
    assert "“Bo Opponent” stands against an endorsement of the network" in page
    assert "The network has endorsed Jane Kim. Change it by" in page
    assert "To be changed" in text(client, there(group))


def test_the_panel_shows_elections_to_come_only(client: Client, group: Group) -> None:
    make_group_endorsement(group, make_candidate(make_race(election_date="2020-11-03")))
    assert "Whom this group endorses" not in text(client, group.get_absolute_url())
