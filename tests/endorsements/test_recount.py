"""The public export, and recount.py run on it as anybody would: with Python alone."""

import csv
import json
import random
import subprocess
from pathlib import Path
from typing import Any

import pytest

from affiliates.models import Group
from endorsements import recount
from endorsements.exporting import export_csv, export_json, recount_program
from endorsements.extending import extend_poll
from endorsements.ledger import canonical, sha256
from endorsements.models import Poll
from endorsements.refusals import PollError
from endorsements.strikes import agree_to_strike, ask_to_strike
from endorsements.voiding import ask_to_void, void_poll
from tests.factories import make_group, make_user

from .making import NOW, make_candidate, make_race
from .polling import WEEK, cast_for, choice_of, close, groups_of, make_draft, make_open_poll, run_recount
from .test_ballots import withdraw

pytestmark = pytest.mark.django_db


def strike(poll: Poll, group: Group) -> None:
    asked = ask_to_strike(poll=poll, group=group, because="Cast by a stranger.", actor=make_user(), now=NOW)
    agree_to_strike(strike=asked, actor=make_user(), now=NOW)


@pytest.fixture
def poll(db: None) -> Poll:
    """A closed poll in which everything has happened that can: A has 3 of 5."""
    race = make_race()
    for name in ("Ann Lee", "Bob Ray", "Zoë Ábel"):
        make_candidate(race, name, party="Greens")
    poll = make_open_poll(race=race, groups=5)
    one, two, three, four, _five = groups_of(poll)
    for group, position in ((one, 1), (two, 2), (three, 2), (four, 3), (two, 1), (three, 1)):
        cast_for(poll, group, position)
    extend_poll(
        poll=poll, closes_at=poll.closes_at + WEEK, because="Holidays: “all” of \\them\u2028.", actor=make_user()
    )
    withdraw(poll, 3)
    strike(poll, four)
    cast_for(poll, four, "none")
    return close(poll)


def written(data: bytes, path: Path) -> "subprocess.CompletedProcess[str]":
    file = path / "export.json"
    file.write_bytes(data)
    return run_recount(file)


# --- what the export holds ------------------------------------------------------------------------------------


def test_the_export_recounts_to_the_published_result(poll: Poll, tmp_path: Path) -> None:
    ran = written(export_json(poll), tmp_path)
    assert ran.returncode == 0, ran.stdout
    assert ran.stdout.splitlines() == [
        f"{poll.slug}: 5 eligible, 4 cast",
        "      3  Ann Lee (Greens)",
        "      0  Bob Ray (Greens)",
        "      0  Zoë Ábel (Greens), withdrawn",
        "      1  No endorsement",
        "      0  Abstain",
        "Recommended: Ann Lee (Greens)",
        f"Every hash holds, in 11 entries. Root: {poll.head}",
    ]


def test_the_export_says_nothing_of_who_cast(poll: Poll) -> None:
    whole = json.loads(export_json(poll))
    assert set(whole) == {"format", "snapshot", "entries", "root", "result"}
    texts = canonical(whole)
    assert "user:" not in texts
    assert "@" not in texts


def test_a_voter_finds_their_receipt_in_the_export(poll: Poll, tmp_path: Path) -> None:
    file = tmp_path / "export.json"
    file.write_bytes(export_json(poll))
    ballot = poll.ballots.select_related("entry").get(group=groups_of(poll)[0])
    found = run_recount(file, ballot.entry.hash.upper())
    assert found.returncode == 0
    assert found.stdout.splitlines()[-1].endswith(f"{groups_of(poll)[0].name}, Ann Lee (Greens)")
    missing = run_recount(file, "0" * 64)
    assert (missing.returncode, "no ballot with the receipt" in missing.stdout) == (1, True)
    of_no_ballot = run_recount(file, poll.head)
    assert of_no_ballot.returncode == 1


def test_a_poll_without_a_ballot_recounts_too(tmp_path: Path) -> None:
    ran = written(export_json(close(make_open_poll(groups=1))), tmp_path)
    assert (ran.returncode, "Recommended: nobody" in ran.stdout) == (0, True)


def test_the_program_that_is_downloaded_is_the_one_that_is_tested(poll: Poll, tmp_path: Path) -> None:
    program = tmp_path / "recount.py"
    program.write_bytes(recount_program())
    assert program.read_text("utf-8") == Path(recount.__file__).read_text("utf-8")
    imported = {line for line in program.read_text("utf-8").splitlines() if line.startswith(("import", "from"))}
    assert imported == {
        "from __future__ import annotations", "import hashlib", "import json", "import sys", "from typing import Any",
    }  # fmt: skip


def test_without_a_file_the_program_says_how_it_is_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recount.main([]) == 2
    assert "python recount.py export.json" in capsys.readouterr().err
    assert recount.main([str(tmp_path / "nothing.json")]) == 1


def test_only_a_closed_poll_is_exported(poll: Poll) -> None:
    for other in (make_draft(), make_open_poll(groups=0)):
        for export in (export_json, export_csv):
            with pytest.raises(PollError, match="Only a closed poll"):
                export(other)
    ask_to_void(poll=poll, because="Why not?", actor=make_user(), now=NOW)
    with pytest.raises(PollError, match="Only a closed poll"):
        export_json(void_poll(poll=poll, actor=make_user(), now=NOW))


def test_the_table_has_one_line_a_group_and_runs_no_formula() -> None:
    race = make_race()
    make_candidate(race, "=HYPERLINK(1)")
    named = make_group("=1+1 Group", near="02139")
    poll = make_open_poll(race=race, groups=3)
    one, two, _three = [group for group in groups_of(poll) if group != named]
    cast_for(poll, named, 1)
    cast_for(poll, one, 1)
    cast_for(poll, one, "abstain")
    cast_for(poll, two, 1)
    strike(poll, two)
    rows = list(csv.DictReader(export_csv(close(poll)).decode("utf-8-sig").splitlines()))
    assert len(rows) == 4
    by_group = {row["Group"]: row for row in rows}
    assert by_group["'=1+1 Group"]["Ballot"] == "'=HYPERLINK(1)"
    assert by_group[one.name]["Ballot"] == "abstain"
    assert by_group[one.name]["Times cast"] == "2"
    assert by_group[one.name]["Receipt"] == poll.ballots.get(group=one).entry.hash
    assert by_group[two.name]["Ballot"] == "struck"
    assert by_group[_three.name] == {
        "Number": by_group[_three.name]["Number"], "Group": _three.name, "Place": _three.place_name,
        "Why eligible": "its home lies in the area: 02139", "Ballot": "did not cast", "Cast (UTC)": "",
        "Times cast": "", "Entry": "", "Receipt": "",
    }  # fmt: skip


# --- edited ---------------------------------------------------------------------------------------------------


def test_any_edited_byte_is_noticed(poll: Poll, tmp_path: Path) -> None:
    data, chance = export_json(poll), random.Random(7)
    positions = [0, len(data) - 1, *(chance.randrange(len(data)) for _time in range(198))]
    for position in positions:
        other = chance.choice([byte for byte in range(256) if byte != data[position]])
        ran = written(data[:position] + bytes([other]) + data[position + 1 :], tmp_path)
        assert ran.returncode == 1, (position, chr(data[position]), chr(other))
        assert "does NOT hold" in ran.stdout
        assert not ran.stderr


def test_every_single_byte_left_out_or_doubled_is_noticed(poll: Poll) -> None:
    data = export_json(poll)
    for position in range(0, len(data), 7):
        for changed in (data[:position] + data[position + 1 :], data[: position + 1] + data[position:]):
            if changed != data:
                with pytest.raises(recount.DoesNotHoldError):
                    recount.recount(changed)


@pytest.mark.parametrize(
    "change",
    [
        lambda whole: whole["result"].update(recommended=2),
        lambda whole: whole["result"].update(eligible=4),
        lambda whole: whole["result"]["votes"].update({"1": 3.0}),
        lambda whole: whole["result"].update(more="words"),
        lambda whole: whole.update(more="words"),
        lambda whole: whole.update(format="poll export 2"),
        lambda whole: whole.update(root="0" * 64),
        lambda whole: whole["entries"].pop(),
        lambda whole: whole["entries"].pop(3),
        lambda whole: whole["entries"].append(whole["entries"][-1]),
        lambda whole: whole["entries"].reverse(),
        lambda whole: whole.pop("snapshot"),
    ],
)
def test_what_stands_outside_of_the_hashed_texts_cannot_be_changed_either(poll: Poll, change: Any) -> None:
    whole = json.loads(export_json(poll))
    change(whole)
    with pytest.raises(recount.DoesNotHoldError):
        recount.recount((canonical(whole) + "\n").encode())


@pytest.mark.parametrize("spelling", [lambda text: text + "\n", lambda text: text.replace(",", ", ", 1), str.strip])
def test_the_same_in_another_spelling_is_noticed(poll: Poll, spelling: Any) -> None:
    with pytest.raises(recount.DoesNotHoldError):
        recount.recount(spelling(export_json(poll).decode()).encode())


@pytest.mark.parametrize("data", [b"", b"[]", b"null", b"\xff", b'{"snapshot":1}', b"[" * 100_000])
def test_what_is_no_export_is_said_to_be_none(data: bytes) -> None:
    with pytest.raises(recount.DoesNotHoldError, match="no export"):
        recount.recount(data)


# --- a chain that holds but breaks the rules: whoever makes another root ----------------------------------------


def rebuilt(poll: Poll, change: Any) -> bytes:
    """The export with entries changed, and a whole new chain with right hashes."""
    whole = json.loads(export_json(poll))
    entries = [json.loads(text) for text in whole["entries"]]
    snapshot = json.loads(whole["snapshot"])
    change(entries, snapshot)
    whole["snapshot"] = canonical(snapshot)
    head, texts = sha256(whole["snapshot"]), []
    for sequence, entry in enumerate(entries, start=1):
        texts.append(canonical({**entry, "previous": head, "sequence": sequence}))
        head = sha256(texts[-1])
    whole |= {"entries": texts, "root": head}
    return (canonical(whole) + "\n").encode()


def test_a_whole_new_chain_has_another_root(poll: Poll) -> None:
    def other_nonce(entries: list[dict[str, Any]], _snapshot: dict[str, Any]) -> None:
        entries[0]["nonce"] = "0" * 32

    assert recount.recount(rebuilt(poll, other_nonce)).head != poll.head


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda entries, _: entries[0].update(group=99), "entry 1 is against the rules"),
        (lambda entries, _: entries[0].update(choice=99), "entry 1 is against the rules"),
        (lambda entries, _: entries[-2].update(choice=3), "entry 10 is against the rules"),  # withdrawn by then
        (lambda entries, _: entries[0].update(kind="forgotten"), "entry 1 is against the rules"),
        (lambda entries, _: entries[0].update(poll="another"), "entry 1 does not belong here"),
        (lambda entries, _: entries[0].update(at="2100-01-01T00:00:00.000000+00:00"), "entry 1 is not of its time"),
        (lambda entries, _: entries[0].update(at="1999-01-01T00:00:00.000000+00:00"), "entry 1 is not of its time"),
        (lambda entries, _: entries[6].update(closes_at="1999-01-01T00:00:00.000000+00:00"), "entry 7 is against"),
        (lambda entries, _: entries[7].update(choice=4), "entry 8 is against the rules"),
        (lambda entries, _: entries.insert(8, entries[7]), "entry 9 is against the rules"),
        (lambda entries, _: entries[8].update(group=5), "entry 9 is against the rules"),
        (lambda entries, _: entries.insert(9, entries.pop()), "entry 11 does not belong here"),
        (lambda entries, _: entries[-1].update(at="1999-01-01T00:00:00.000000+00:00"), "entry 11 is not of its time"),
        (lambda entries, _: entries.pop(), "not closed"),
        (lambda _, snapshot: snapshot.update(rule="most votes"), "another rule"),
        (lambda _, snapshot: snapshot.update(format="poll 2"), "another format"),
    ],
)
def test_a_ledger_against_the_rules_is_noticed(poll: Poll, change: Any, message: str) -> None:
    with pytest.raises(recount.DoesNotHoldError, match=message):
        recount.recount(rebuilt(poll, change))


def test_the_published_result_is_by_the_database_and_this_by_the_ledger_alone(poll: Poll) -> None:
    """They share no code: what one of them got wrong, the other would not."""
    counted = recount.recount(export_json(poll))
    winner = choice_of(poll, counted.recommended() or 0)
    assert winner.candidate_id == poll.recommended_id
    assert counted.votes()[winner.position] == poll.recommended_votes
