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
    paid = _BEGIN + datetime.timedelta(seconds=number * 61 % 80_000_000)
    is_recurring = chance.random() < 0.1
    is_refunded = chance.random() < 0.01
    row = [""] * len(COLUMNS)
    for name, text in {
        "Receipt ID": f"AB{100_000_000 + number}",
        "Date": str(paid),
        "Amount": f"{chance.choice((3, 5, 10, 25, 50, 100, 250))}.00",
        "Recurring Total Months": "unlimited" if is_recurring else "",
        "Recurrence Number": "1" if is_recurring else "",
        "Recipient": "Many Hands Network",
        "Fundraising Page": f"page-{donor % 40}",
        "Reference Code": f"mail_{number % 300}",
        "Donor First Name": _GIVEN[donor % len(_GIVEN)],
        "Donor Last Name": _FAMILY[donor // 20 % len(_FAMILY)],
        "Donor Addr1": f"{donor % 9_000 + 1} {_STREETS[donor % 5]}",
        "Donor City": "Springfield",
        "Donor State": "IL",
        "Donor ZIP": zip_code,
        "Donor Country": "United States",
        "Donor Occupation": "Nurse",
        "Donor Employer": _EMPLOYERS[donor % len(_EMPLOYERS)],
        "Donor Email": f"{_GIVEN[donor % 20]}.{_FAMILY[donor // 20 % 17]}.{donor}@example.org",
        "Donor Phone": f"{201 + donor // 7_000_000 % 700}{2_000_000 + donor % 7_000_000}",
        "Donor ID": str(30_000_000 + donor),
        "Lineitem ID": str(400_000_000 + number),
        "Recipient Committee": "Many Hands Network",
        "Recipient ID": "12345",
        "Recipient Gov ID": "C00000000",
        "Payment ID": str(200_000_000 + number),
        "Payment Date": str(paid),
        "Disbursement ID": str(1_000_000 + number // 5_000),
        "Disbursement Date": str(paid.date()),
        "Refund ID": str(900_000_000 + number) if is_refunded else "",
        "Refund Date": str(paid + datetime.timedelta(days=3)) if is_refunded else "",
        "Fee": "0.99",
        "ActBlue Express Lane": "false",
        "Card Type": "Visa",
        "Mobile": "true",
        "ActBlue Express Donor": "true",
        "Text Message Opt In": "unknown",
        "Recurring Type": "monthly" if is_recurring else "",
        "Paypal": "false",
        "Kind": "page",
        "Managed Entity Name": "Many Hands Network",
    }.items():
        row[_AT[name]] = text
    return row
