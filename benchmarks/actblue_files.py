"""Files of contributions as ActBlue exports them, made up: 101 columns, seven of them named "Reserved", CRLF."""

import csv
import datetime
import random
from collections.abc import Iterator
from pathlib import Path

from foundation.places.population import sample_zip_codes

COLUMNS = [
    "Receipt ID",
    "Date",
    "Amount",
    "Recurring Total Months",
    "Recurrence Number",
    "Recipient",
    "Fundraising Page",
    "Fundraising Partner",
    "Reference Code 2",
    "Reference Code",
    "Donor First Name",
    "Donor Last Name",
    "Donor Addr1",
    "Donor Addr2",
    "Donor City",
    "Donor State",
    "Donor ZIP",
    "Donor Country",
    "Donor Occupation",
    "Donor Employer",
    "Donor Email",
    "Donor Phone",
    "New Express Signup",
    "Comments",
    "Check Number",
    "Check Date",
    "Employer Addr1",
    "Employer Addr2",
    "Employer City",
    "Employer State",
    "Employer ZIP",
    "Employer Country",
    "Donor ID",
    "Fundraiser ID",
    "Fundraiser Recipient ID",
    "Fundraiser Contact Email",
    "Fundraiser Contact First Name",
    "Fundraiser Contact Last Name",
    "Partner ID",
    "Partner Contact Email",
    "Partner Contact First Name",
    "Partner Contact Last Name",
    "Reserved",
    "Lineitem ID",
    "AB Test Name",
    "AB Variation",
    "Recipient Committee",
    "Recipient ID",
    "Recipient Gov ID",
    "Recipient Election",
    "Reserved",
    "Payment ID",
    "Payment Date",
    "Disbursement ID",
    "Disbursement Date",
    "Recovery ID",
    "Recovery Date",
    "Refund ID",
    "Refund Date",
    "Fee",
    "Recur Weekly",
    "ActBlue Express Lane",
    "Reserved",
    "Card Type",
    "Reserved",
    "Reserved",
    "Reserved",
    "Reserved",
    "Mobile",
    "Recurring Upsell Shown",
    "Recurring Upsell Succeeded",
    "Double Down",
    "Smart Recurring",
    "Monthly Recurring Amount",
    "Apple Pay",
    "Card Replaced by Account Updater",
    "ActBlue Express Donor",
    "Custom Field 1 Label",
    "Custom Field 1 Value",
    "Donor US Passport Number",
    "Text Message Opt In",
    "Gift Identifier",
    "Gift Declined",
    "Shipping Addr1",
    "Shipping City",
    "Shipping State",
    "Shipping Zip",
    "Shipping Country",
    "Weekly Recurring Amount",
    "Smart Boost Amount",
    "Smart Boost Shown",
    "Bump Recurring Seen",
    "Bump Recurring Succeeded",
    "Weekly to Monthly Rollover Date",
    "Weekly Recurring Sunset",
    "Recurring Type",
    "Recurring Pledged",
    "Paypal",
    "Kind",
    "Managed Entity Name",
    "Managed Entity Committee Name",
]
_AT = {name: COLUMNS.index(name) for name in COLUMNS}

_GIVEN = [
    "Ana",
    "Ben",
    "Chloe",
    "Dan",
    "Eva",
    "Finn",
    "Grace",
    "Hugo",
    "Iris",
    "Jon",
    "Kim",
    "Lea",
    "Max",
    "Nia",
    "Omar",
    "Pia",
    "Quinn",
    "Rosa",
    "Sam",
    "Tess",
]
_FAMILY = [
    "Adams",
    "Baker",
    "Chen",
    "Diaz",
    "Evans",
    "Flores",
    "Garcia",
    "Hill",
    "Ito",
    "Jones",
    "Khan",
    "Lopez",
    "Moore",
    "Nguyen",
    "Ortiz",
    "Park",
    "Reed",
]
_EMPLOYERS = ["Not employed", "Self", "City of Springfield", "State University", "Smith, Jones & Co", "Hospital"]
_STREETS = ["Main St", "Oak Ave", "Elm St", "Park Blvd", "2nd St"]
# What is wrong with the bad rows, in turn: the column and what stands there.
FAULTS = (
    ("Amount", "-25.00"), ("Date", "1899-12-30 00:00:00"), ("Donor Email", "not an address"), ("Amount", "1234567890"),
    ("Date", "2999-01-01 00:00:00"), ("Lineitem ID", ""), ("Donor First Name", "=cmd|' /C calc'!A0"),
    ("Donor Email", "d\N{CYRILLIC SMALL LETTER O}nor@example.org"),
)  # fmt: skip
# What stands in every row of one organisation's export: who receives the money, and ActBlue's own yes and no.
_EVERYWHERE = {
    "Recipient": "Many Hands Network",
    "Donor Country": "United States",
    "New Express Signup": "No",
    "Fundraiser Recipient ID": "54321",
    "Fundraiser Contact Email": "fundraising@many-hands.example.org",
    "Fundraiser Contact First Name": "Robin",
    "Fundraiser Contact Last Name": "Example",
    "Recipient Committee": "Many Hands Network",
    "Recipient ID": "12345",
    "Recipient Gov ID": "C00000000",
    "Fee": "0.99",
    "Card Type": "Visa",
    "Mobile": "true",
    "ActBlue Express Donor": "true",
    "Text Message Opt In": "unknown",
    "Kind": "page",
    "Managed Entity Name": "Many Hands Network",
    "Managed Entity Committee Name": "Many Hands Network",
    **dict.fromkeys(
        (
            "Recur Weekly", "ActBlue Express Lane", "Recurring Upsell Shown", "Recurring Upsell Succeeded",
            "Double Down", "Smart Recurring", "Apple Pay", "Card Replaced by Account Updater", "Gift Declined",
            "Smart Boost Shown", "Bump Recurring Seen", "Bump Recurring Succeeded", "Weekly Recurring Sunset",
            "Recurring Pledged", "Paypal",
        ),
        "false",
    ),
}  # fmt: skip
_ALWAYS = [_EVERYWHERE.get(name, "") for name in COLUMNS]
_BEGIN = datetime.datetime(2024, 1, 1)  # noqa: DTZ001 - the file has times without a zone


def write_actblue_file(
    path: Path, rows: int, *, repeat_share: float = 0.3, bad_share: float = 0.02, seed: int = 1
) -> None:
    """Write `rows` line items: of each 100 so many are of a donor who gave before, and so many cannot be used.

    One in a hundred was refunded, one in ten is recurring, one in six has a cell in quotation marks.
    """
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(COLUMNS)
        writer.writerows(line_items(rows, repeat_share=repeat_share, bad_share=bad_share, seed=seed))


def line_items(rows: int, *, repeat_share: float, bad_share: float, seed: int = 1) -> Iterator[list[str]]:
    """The rows of such a file."""
    chance = random.Random(seed)
    zip_codes = sample_zip_codes(20_000, seed=seed)
    donors = bad = 0
    for number in range(rows):
        is_known = donors > 0 and chance.random() < repeat_share
        donor = chance.randrange(donors) if is_known else donors
        donors += not is_known
        row = _line_item(number, donor, chance, zip_codes[donor * 7919 % len(zip_codes)])
        if chance.random() < bad_share:
            column, text = FAULTS[bad % len(FAULTS)]
            row[_AT[column]] = text
            bad += 1
        yield row


def _line_item(number: int, donor: int, chance: random.Random, zip_code: str) -> list[str]:
    """One line item, with the columns filled that are filled in an export; the rest are blank there too."""
    paid = _BEGIN + datetime.timedelta(seconds=number * 61 % 80_000_000)
    recurring_months = "unlimited" if chance.random() < 0.1 else ""
    is_refunded = chance.random() < 0.01
    row = _ALWAYS.copy()
    for name, text in {
        "Receipt ID": f"AB{100_000_000 + number}",
        "Date": str(paid),
        "Amount": f"{chance.choice((3, 5, 10, 25, 50, 100, 250))}.00",
        "Recurring Total Months": recurring_months,
        "Recurrence Number": "1" if recurring_months else "",
        "Recurring Type": "monthly" if recurring_months else "",
        "Monthly Recurring Amount": "10.00" if recurring_months else "",
        "Fundraising Page": f"page-{donor % 40}",
        "Fundraiser ID": str(1_500_000 + donor % 40),
        "Reference Code": f"mail_{number % 300}",
        "Reference Code 2": f"{paid:%Y%m%d}_appeal_{donor % 60}",
        "Lineitem ID": str(400_000_000 + number),
        "Payment ID": str(200_000_000 + number),
        "Payment Date": str(paid),
        "Disbursement ID": str(1_000_000 + number // 5_000),
        "Disbursement Date": str(paid.date()),
        "Refund ID": str(900_000_000 + number) if is_refunded else "",
        "Refund Date": str(paid + datetime.timedelta(days=3)) if is_refunded else "",
        **_donor(donor, zip_code),
    }.items():
        row[_AT[name]] = text
    return row


def _donor(donor: int, zip_code: str) -> dict[str, str]:
    given, family = _GIVEN[donor % len(_GIVEN)], _FAMILY[donor // 20 % len(_FAMILY)]
    return {
        "Donor First Name": given,
        "Donor Last Name": family,
        "Donor Addr1": f"{donor % 9_000 + 1} {_STREETS[donor % 5]}",
        "Donor City": "Springfield",
        "Donor State": "IL",
        "Donor ZIP": zip_code,
        "Donor Occupation": "Nurse",
        "Donor Employer": _EMPLOYERS[donor % len(_EMPLOYERS)],
        "Donor Email": f"{given}.{family}.{donor}@example.org",
        "Donor Phone": f"{201 + donor // 7_000_000 % 700}{2_000_000 + donor % 7_000_000}",
        "Donor ID": str(30_000_000 + donor),
    }
