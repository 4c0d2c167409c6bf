"""Decides where the demo's groups are at home: spread like people, in every state, and some abroad."""

import random
from collections import Counter, defaultdict
from collections.abc import Mapping
from functools import cache
from itertools import chain, islice

from config.demo.atlas import Atlas
from config.demo.homes import Home, Surroundings
from config.demo.texts import sections, tagged
from foundation.places import tables
from foundation.places.countries import country_name
from foundation.places.states import STATES, StateKind


def choose_homes(count: int, seed: int) -> list[Home]:
    """So many homes, the demo organizer's first; with 1,200 all of data/ is among them, and each state.

    Of a small network a tenth is taken from data/particular_groups.txt and a fortieth is abroad.
    """
    rng = random.Random(f"homes {seed}")
    atlas = Atlas(rng)
    particular = list(chain(*(lines for name, lines in sections("particular_groups").items() if name != "home")))
    abroad = list(sections("abroad")["groups"])
    homes = [atlas.particular(line) for line in sections("particular_groups")["home"]]
    homes += [atlas.particular(line) for line in rng.sample(particular, min(len(particular), count // 10))]
    homes += [_abroad(line) for line in rng.sample(abroad, min(len(abroad), count // 40))]
    homes += _further(count - len(homes), Counter(home.state for home in homes), atlas, rng)
    return homes[:count]


def _abroad(line: str) -> Home:
    place, _, rest = line.partition(": ")
    country, _, city = place.partition(" ")
    name, language = tagged(rest)
    listed = _world_cities()[country, city]
    return Home(
        surroundings=Surroundings.ABROAD,
        called=city,
        place_name=f"{city}, {country_name(country)}",
        latitude=listed.latitude,
        longitude=listed.longitude,
        time_zone=listed.time_zone,
        country=country,
        language=language or "en",
        group_name=name,
    )


@cache
def _world_cities() -> dict[tuple[str, str], tables.ListedCity]:
    return {(city.region, city.name): city for city in tables.world_cities()}


def _further(count: int, present: Counter[str], atlas: Atlas, rng: random.Random) -> list[Home]:
    """At least so many homes more, spread like people: first one in each state that has none yet, then the rest.

    Each state, DC and each territory gets its share of the whole, less the groups `present` there.
    """
    by_state: dict[str, list[str]] = defaultdict(list)
    for code in atlas.people:
        by_state[atlas.localities[code].state].append(code)
    people = {state: sum(atlas.people[code] for code in codes) for state, codes in by_state.items()}
    first, rest = [], []
    for state, seats in _apportioned(count + present.total() - present[""], people).items():
        homes = list(islice(atlas.draw(by_state[state]), max(0, seats - present[state])))
        is_new = not present[state]
        first += homes[:is_new]
        rest += homes[is_new:]
    return [*first, *rng.sample(rest, len(rest))]


def _apportioned(seats: int, people: Mapping[str, float]) -> dict[str, int]:
    """So many seats, or a few more, to each state by its people: Hamilton's method, and one to each at least."""
    inhabited = [state for state in people if STATES[state].kind is not StateKind.FREELY_ASSOCIATED]
    total = sum(people[state] for state in inhabited)
    exact = {state: seats * people[state] / total for state in inhabited}
    given = {state: max(1, int(share)) for state, share in exact.items()}
    by_remainder = sorted(inhabited, key=lambda state: exact[state] - given[state], reverse=True)
    for state in by_remainder[: max(0, seats - sum(given.values()))]:
        given[state] += 1
    return given
