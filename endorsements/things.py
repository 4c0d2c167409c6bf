"""What groups publish that may name a candidate: their pages, and what apps above hand in (events, promotions)."""

import datetime
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from itertools import islice

from django.db.models import QuerySet
from django.urls import reverse

from affiliates.models import Group
from affiliates.text_objections import page_key, page_text

from .endorsed import binding
from .models import CounterKind
from .naming import Objection, Opponents, allowed_namings, opponents

LONGEST_KEY = 80


@dataclass(frozen=True)
class Thing:
    """One thing of a group's as it is now. `key` is the app's own, such as event:17; `address` is where it is kept."""

    key: str
    group_id: int
    title: str
    text: str
    address: str


type FindThings = Callable[[datetime.datetime, Collection[str] | None], Iterator[Thing]]
"""What stands at this moment, public and not over: those of these keys, or all (None)."""

type FindDrafts = Callable[[datetime.datetime], Iterator[Thing]]
"""What is not public yet and would be asked about when it is handed in."""


@dataclass(frozen=True)
class Source:
    """Where things of one kind come from."""

    kind: CounterKind
    prefix: str  # of their keys
    standing: FindThings
    drafts: FindDrafts


_sources: dict[CounterKind, Source] = {}


def register_things(kind: CounterKind, prefix: str, standing: FindThings, drafts: FindDrafts) -> None:
    """Have the things of a kind looked through when national endorses. Called in an app's `ready()`."""
    _sources[kind] = Source(kind, prefix, standing, drafts)


def sources() -> list[Source]:
    """All kinds, in the order in which they were registered."""
    return list(_sources.values())


def standing_thing(kind: CounterKind | str, key: str, now: datetime.datetime) -> Thing | None:
    """The thing of this key as it is now; None where it is withdrawn or over."""
    return next(_sources[CounterKind(kind)].standing(now, [key]), None)


def find_thing(key: str, now: datetime.datetime) -> Thing | None:
    """The thing of this key, public or not; None where there is none. A key as an address may bring it."""
    prefix, _colon, number = key.partition(":")
    if not number.partition(":")[0].isdecimal() or len(key) > LONGEST_KEY:
        return None
    for source in sources():
        if source.prefix == f"{prefix}:":
            found = (*source.standing(now, [key]), *(draft for draft in source.drafts(now) if draft.key == key))
            return next(iter(found), None)
    return None


def stopped_drafts(now: datetime.datetime, *, limit: int) -> list[tuple[Thing, list[Objection]]]:
    """What is not public yet and would be refused at this moment, with what it names: at most `limit`."""
    looked_for, allowed = Opponents(opponents(binding(now))), allowed_namings()
    if not looked_for:
        return []
    drafts = (draft for source in sources() for draft in source.drafts(now))
    named = ((draft, looked_for.named_in(draft.text)) for draft in drafts)
    stopped = (
        (draft, [Objection(opponent) for opponent in found if (opponent.pk, draft.key) not in allowed])
        for draft, found in named
    )
    return list(islice(((draft, found) for draft, found in stopped if found), limit))


# --- the pages of groups --------------------------------------------------------------------------------------


def _pages(now: datetime.datetime, keys: Collection[str] | None) -> Iterator[Thing]:
    groups = Group.objects.listed().only("name", "slug", "about", "plan").prefetch_related("links").order_by("pk")
    if keys is not None:
        groups = groups.filter(pk__in=[int(key.split(":")[1]) for key in keys])
    for group in _some_at_a_time(groups):
        links = [link.label for link in group.links.all()]
        text = page_text(about=group.about, plan=group.plan, labels=links)
        yield Thing(page_key(group), group.pk, group.name, text, reverse("group_page_edit", args=[group.slug]))


def _some_at_a_time(groups: QuerySet[Group]) -> Iterator[Group]:
    return groups.iterator(chunk_size=500)


def _no_drafts(now: datetime.datetime) -> Iterator[Thing]:
    """A page is published as it is written."""
    return iter(())


def register_pages() -> None:
    """The pages of groups. Called in this app's `ready()`."""
    register_things(CounterKind.PAGE, "group:", _pages, _no_drafts)
