"""The demo's races: who stands, what their groups said, and how it went. All names are invented."""

from dataclasses import dataclass
from enum import StrEnum

from endorsements.models import Level


class Ends(StrEnum):
    """How far a contest has come."""

    RACE = "there is only the race"
    SILENT = "national is silent, groups endorse"
    DRAFT = "the poll is a draft"
    OPEN = "the poll is open"
    WAITING = "the poll recommends, two of the staff have not decided"
    NOBODY = "the poll recommends nobody"
    VOID = "the poll is void"
    ENDORSED = "endorsed, the election is to come"
    WON = "endorsed, and won"
    LOST = "endorsed, and lost"


@dataclass(frozen=True, kw_only=True)
class Contest:
    """A race around a ZIP code. Days are counted from now: those before are negative.

    `votes` are the shares of the groups asked that chose each candidate, then no endorsement, then abstaining; the
    rest was silent.
    """

    office: str
    district: str = ""
    level: Level
    near: str
    candidates: tuple[str, ...]
    ends: Ends
    party: str = ""
    election: int
    primary: int | None = None
    filing: int | None = None
    is_open_seat: bool = False
    opened: int = 0
    closes: int = 0
    votes: tuple[float, ...] = ()
    words: str = ""
    statement: str = ""


HERE = "02139"  # where the demo organizer's group is at home

CONTESTS = (
    Contest(
        office="School Committee", district="Cambridge", level=Level.LOCAL, near=HERE, ends=Ends.OPEN,
        candidates=("Marisela Quintanar", "Desmond Achterberg", "Noor Habashian"), election=74, filing=-12,
        opened=-4, closes=6, votes=(0.25, 0.1, 0, 0.1),
        words="All three answered our questionnaire. Read it before you ask your members.",
    ),
    Contest(
        office="State Representative", district="Second Prairie", level=Level.STATE, near="60614", ends=Ends.OPEN,
        candidates=("Ezekiel Thornquist", "Priya Vellanki"), election=120, primary=33, filing=-30, is_open_seat=True,
        opened=-9, closes=3, votes=(0.3, 0.3),
    ),
    Contest(
        office="City Council", district="District 4", level=Level.LOCAL, near="78701", ends=Ends.DRAFT,
        candidates=("Leandro Cordovez", "Greta Pillsworth"), election=150, filing=21, is_open_seat=True, closes=12,
        words="Two candidates, and a chapter in every part of the district.",
    ),
    Contest(
        office="County Commissioner", district="Riverside", level=Level.LOCAL, near="97202", ends=Ends.WAITING,
        candidates=("Winona Blackriver", "Silas Umberfield"), election=88, filing=-40, opened=-20, closes=-2,
        votes=(0.6, 0.15, 0.1),
    ),
    Contest(
        office="State Senator", district="Peach 9", level=Level.STATE, near="30303", ends=Ends.NOBODY,
        candidates=("Oluwaseun Farrow", "Clementine Dubrovsky"), election=95, primary=20, filing=-55, opened=-24,
        closes=-6, votes=(0.3, 0.3, 0.1),
    ),
    Contest(
        office="County committee chair", district="Five Lakes", level=Level.PARTY, party="Lantern Party",
        near="48201", ends=Ends.VOID, candidates=("Percival Ndiaye", "Ruthanne Maguire-Sol"), election=40,
        opened=-30, closes=3, votes=(0.2, 0.2),
        words="The choice of a chair decides who writes the rules of the next convention.",
    ),
    Contest(
        office="State Senator", district="Twin Rivers", level=Level.STATE, near="55404", ends=Ends.ENDORSED,
        candidates=("Anh Thu Merriweather", "Jonas Hallowell-Pike"), election=62, primary=-14, filing=-70, opened=-60,
        closes=-45, votes=(0.7, 0.1),
        statement="She has knocked on every door of this district twice, and she listens at each of them.",
    ),
    Contest(
        office="Governor’s Councillor", district="Third", level=Level.STATE, near=HERE, ends=Ends.WON,
        candidates=("Farida Kestrel", "Barnaby Quillfeather"), election=-25, primary=-80, opened=-150, closes=-130,
        votes=(0.7, 0.2), statement="Fair courts begin with who is let onto the bench. She has the patience for it.",
    ),
    Contest(
        office="Mayor", district="Schuylkill Bend", level=Level.LOCAL, near="19104", ends=Ends.LOST,
        candidates=("Haruto Beckstead", "Imogen Castellane"), election=-40, primary=-110, opened=-170, closes=-155,
        votes=(0.6, 0.3), statement="He would have opened the budget to everybody.",
    ),
    Contest(
        office="Water Board", district="Rio Seco", level=Level.LOCAL, near="87102", ends=Ends.SILENT,
        candidates=("Teodoro Brightwater", "Wilhelmina Sandoz"), election=50, filing=-20,
    ),
    Contest(
        office="Library Trustee", district="Cambridge", level=Level.LOCAL, near=HERE, ends=Ends.RACE, candidates=(),
        election=74, filing=9, is_open_seat=True,
    ),
    Contest(
        office="Ward committee", district="Ward 3", level=Level.PARTY, party="Lantern Party", near=HERE,
        ends=Ends.RACE, candidates=(), election=45, filing=23, is_open_seat=True,
    ),
    Contest(
        office="State Representative", district="Charles 12", level=Level.STATE, near=HERE, ends=Ends.RACE,
        candidates=("Rosalind Achebe-Moore",), election=200, primary=120, filing=40,
    ),
)  # fmt: skip

PROPOSED = ("Housing Authority", "Cambridge", "Ximena Patterdale")
"""The race and the candidate that the demo organizer's group has nominated, and staff have not looked at."""

NOMINATIONS = (
    "She came to our meeting three times, and answered what she was asked.",
    "No one else in this race has promised to open the books.",
    "Our members know her from the night-shift campaign.",
)

QUESTIONNAIRE = "Questions to candidates for local office"
QUESTIONS = (
    ("Will you hold a public hour every month, in the evening?", True, "Yes, every second Tuesday, with child care."),
    ("Who pays for your campaign?", False, "Neighbors. The largest gift so far is 100 dollars."),
    ("What would you change in your first hundred days?", False, "The bus to the high school has to run until nine."),
)
