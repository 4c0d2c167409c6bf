"""The staff's search of people at 100,000 and at 1,000,000, beside a read of one person by primary key.

For each kind of search in turn: what was typed is understood and its first page is read with all that the page shows
(name, place, membership, last activity, tags). Both go through the ORM, in the same run, one after the other.
"""

import datetime
import gc
import random
import statistics
import time
from collections.abc import Callable

from django.db.models import Count

from benchmarks.preparation import empty, prepare
from benchmarks.report import IS_SMALL, Report, milliseconds
from config.demo.copying import analyze, copy_rows
from config.demo.people import load_people
from members.models import Activity, ActivityScore, Membership, Person, PersonEmail, PersonPhone, PersonTag, Tag
from members.search import understand

SIZES = (1_000, 5_000) if IS_SMALL else (100_000, 1_000_000)
SEARCHES = 20 if IS_SMALL else 300
PAGE_SIZE = 20
NOW = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
AIM = 10  # times a read by primary key
# What refers to people by triggers and not by foreign keys (decision 30), so that no TRUNCATE cascades to it.
KEPT_BY_TRIGGERS = ("members_activity", "members_donation", "members_personemail", "members_personphone")


def make_people(count: int) -> None:
    """Replace all people: names, homes and addresses like the demo's, every third attended, every tenth has a tag."""
    # Who is new waits in the last two for the daily search for duplicates, which is not measured here.
    empty("members_person", *KEPT_BY_TRIGGERS, "members_tag", "members_persontocompare", "members_peopletocompare")
    load_people(count=count, seed=1, now=NOW)
    ids = list(Person.objects.order_by("pk").values_list("pk", flat=True))
    tag = Tag.objects.create(name="Driver")
    copy_rows(
        Activity,
        ("person", "kind", "source", "at"),
        ((pk, "attendance", f"attendance:{pk}", NOW - datetime.timedelta(days=pk % 900)) for pk in ids[::3]),
    )
    copy_rows(PersonTag, ("person", "tag"), ((pk, tag.pk) for pk in ids[::10]))
    analyze(Person, PersonEmail, PersonPhone, PersonTag, Activity, Membership, ActivityScore)


def typed(chance: random.Random) -> dict[str, list[str]]:
    """What is searched for, by kind: names, addresses, numbers and ZIP codes of people drawn at random."""
    ids = chance.sample(list(Person.objects.values_list("pk", flat=True)), SEARCHES)
    people = list(Person.objects.filter(pk__in=ids).only("given_name", "family_name", "zip_code"))
    addresses = list(PersonEmail.objects.filter(person__in=ids).values_list("address", flat=True))
    numbers = PersonPhone.objects.filter(person__gte=min(ids)).values_list("number", flat=True)[:SEARCHES]
    common = Person.objects.values("family_name").annotate(count=Count("pk")).order_by("-count")[:20]
    return {
        "full name": [person.full_name for person in people],
        "family, given": [f"{person.family_name}, {person.given_name}" for person in people],
        "family name, beginning": [person.family_name[:4] for person in people],
        "common family name": [row["family_name"] for row in common] * (SEARCHES // 20),
        "given name": [person.given_name for person in people],
        "e-mail address": addresses,
        "e-mail address, beginning": [address[:6] for address in addresses],
        "phone number": [number.as_national for number in numbers],
        "ZIP code": [str(person.zip_code_id) for person in people],
    }


def read_one(pk: int) -> None:
    assert Person.objects.get(pk=pk).pk == pk


def search(text: str) -> None:
    people = understand(text).page(1, PAGE_SIZE).people
    assert people, text


def seconds[T](act: Callable[[T], None], values: list[T]) -> list[float]:
    taken = []
    for value in values:
        began = time.perf_counter()
        act(value)
        taken.append(time.perf_counter() - began)
    return taken


def measure(chance: random.Random) -> dict[str, tuple[list[float], list[float]]]:
    """Seconds of each search, by kind, with those of the reads that took turns with it."""
    ids = chance.sample(list(Person.objects.values_list("pk", flat=True)), SEARCHES)
    texts = typed(chance)
    taken = {}
    gc.disable()
    for kind, values in texts.items():
        seconds(search, values[:20])  # warm
        reads, searches = [], []
        for start in range(0, len(values), 20):
            reads += seconds(read_one, ids[start : start + 20])
            searches += seconds(search, values[start : start + 20])
        taken[kind] = (searches, reads)
    gc.enable()
    return taken


def main() -> None:
    prepare()
    report = Report("people")
    medians: dict[int, dict[str, tuple[float, float]]] = {}
    rows = []
    for size in SIZES:
        began = time.perf_counter()
        make_people(size)
        print(f"{size:,} people made in {time.perf_counter() - began:.0f} s")
        taken = measure(random.Random(7))
        medians[size] = {kind: (statistics.median(s), statistics.median(r)) for kind, (s, r) in taken.items()}
        for kind, (searches, reads) in taken.items():
            ratio = medians[size][kind][0] / medians[size][kind][1]
            rows.append([kind, f"{size:,}", milliseconds(searches), milliseconds(reads), f"{ratio:.1f}"])
    report.table(["search", "people", "ms (median / p95)", "a read by key, ms", "times"], rows)
    small, large = medians[SIZES[0]], medians[SIZES[-1]]
    for kind, (one_search, one_read) in large.items():
        report.at_most(f"{kind} / read by key at {SIZES[-1]:,}", one_search / one_read, AIM)
    growth = max(large[kind][0] / small[kind][0] for kind in large)
    report.at_most(f"growth from {SIZES[0]:,} to {SIZES[-1]:,}, the most of all kinds", growth, 3)
    report.finish()


if __name__ == "__main__":
    main()
