"""The demo's sign-up forms, and who is on the rosters of its groups."""

import datetime
import json
import random
from collections.abc import Iterator

from django.db import connection

from affiliates.models import FormQuestion, Group, JoinedBy, QuestionKind, RosterEntry, SignUp, SignUpForm
from config.demo.copying import analyze, copy_rows, reserve_ids
from members.models import Consent, ConsentPurpose
from members.wordings import present_wording

GROUPS_WITH_FORM = 300
MOST_ON_ROSTER = 60
MOST_ON_FORM = 12
HEARD, FREE = "How did you hear of us?", "When do you have time?"
TITLES = ("Help us once a month", "Hear what we plan", "Knock on doors with us", "Cook for the Saturday table")


def load_sign_ups(*, seed: int, now: datetime.datetime) -> None:
    """Give many listed groups a sign-up form, the network one too, and rosters of people who live nearby.

    Needs the groups and the people. Whoever is on a roster shares their details with that group.
    """
    rng = random.Random(f"sign-ups {seed}")
    groups = list(Group.objects.listed().filter(country="US").defer("position", "about", "plan").order_by("pk"))
    _load_forms(groups[:GROUPS_WITH_FORM], rng, now)
    _load_rosters(groups, rng, now)
    _load_answers(rng)
    analyze(SignUpForm, FormQuestion, SignUp, RosterEntry, Consent)


def _load_forms(groups: list[Group], rng: random.Random, now: datetime.datetime) -> None:
    """One form each, with two questions; and one of the network itself."""
    ids = reserve_ids(SignUpForm, len(groups) + 1)
    languages = ["en", "es"]
    rows: list[tuple[object, ...]] = [
        (
            id_, group.pk, f"sign-up-{group.slug}", rng.choice(TITLES), "", ["name", "place"],
            ["sharing", "group_mail"], languages, True, now - datetime.timedelta(days=rng.randint(1, 200)),
        )
        for id_, group in zip(ids, groups, strict=False)
    ]  # fmt: skip
    rows.append(
        (ids[-1], None, "stay-in-touch", "Stay in touch", "", ["name", "place"], ["network_mail", "promotions"],
         languages, True, now - datetime.timedelta(days=300))
    )  # fmt: skip
    fields = (
        "id", "group", "slug", "title", "intro", "known_fields", "consents", "languages", "is_open", "created_at",
    )  # fmt: skip
    copy_rows(SignUpForm, fields, rows)
    questions = (
        row
        for id_ in ids
        for row in (
            (id_, 1, QuestionKind.SHORT.value, HEARD, [], False),
            (id_, 2, QuestionKind.CHOICE.value, FREE, ["Evenings", "Weekends", "Both"], False),
        )
    )
    copy_rows(FormQuestion, ("form", "position", "kind", "text", "choices", "is_required"), questions)


def _load_rosters(groups: list[Group], rng: random.Random, now: datetime.datetime) -> None:
    wording = present_wording(ConsentPurpose.SHARING, "en")
    entries = [
        (group.pk, person, now - datetime.timedelta(days=rng.randint(1, 700)))
        for group in groups
        for person in _people_near(group, rng)
    ]
    copy_rows(
        RosterEntry,
        ("group", "person", "joined_at", "how", "source"),
        ((group, person, at, JoinedBy.GROUP_PAGE.value, "demo") for group, person, at in entries),
    )
    copy_rows(
        Consent,
        ("person", "purpose", "scope", "is_given", "wording", "source", "at"),
        (
            (person, ConsentPurpose.SHARING.value, f"group:{group}", True, wording.pk, "join", at)
            for group, person, at in entries
        ),
    )


def _load_answers(rng: random.Random) -> None:
    """Some of those on a group's roster came by its form, and said how they heard of it and when they have time."""
    forms = dict(SignUpForm.objects.filter(group__isnull=False).values_list("group", "pk"))
    on_roster: dict[int, list[tuple[int, datetime.datetime]]] = {}
    entries = RosterEntry.objects.filter(group__in=forms).order_by("pk")
    for group, person, at in entries.values_list("group", "person", "joined_at"):
        on_roster.setdefault(group, []).append((person, at))
    copy_rows(
        SignUp,
        ("form", "group", "email", "given_name", "family_name", "phone", "place", "language", "answers",
         "created_at", "confirmed_at", "person", "is_near_no_group"),
        (
            (
                forms[group], group, "", "", "", "", "", "en", json.dumps(_answers(rng)),
                at, at + datetime.timedelta(minutes=rng.randint(1, 90)), person, False,
            )
            for group, people in on_roster.items()
            for person, at in people[: rng.randint(2, MOST_ON_FORM)]
        ),
    )  # fmt: skip


def _answers(rng: random.Random) -> list[dict[str, str]]:
    heard = rng.choice(("A neighbor told me", "The table at the market", "The library's board", ""))
    return [
        {"question": HEARD, "answer": heard},
        {"question": FREE, "answer": rng.choice(("Evenings", "Weekends", "Both"))},
    ]


def _people_near(group: Group, rng: random.Random) -> Iterator[int]:
    """The ids of some people who live around the group: of the ZIP codes nearest to it, by a walk of their index."""
    wanted = rng.randint(5, MOST_ON_ROSTER)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT person.id FROM ("
            "    SELECT code, position <-> places_position(%s, %s) AS chord FROM places_zipcode"
            "    WHERE position IS NOT NULL ORDER BY chord LIMIT 150"
            ") near JOIN members_person person ON person.zip_code_id = near.code"
            " ORDER BY near.chord, person.id LIMIT %s",
            [group.latitude, group.longitude, wanted * 2],
        )
        near = [row[0] for row in cursor.fetchall()]
    yield from rng.sample(near, min(wanted, len(near)))
