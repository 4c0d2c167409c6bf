"""The door of the staff's pages of people."""

from foundation.accounts.staff_pages import StaffPages

from ..permissions import can_see_people

people_page = StaffPages(can_see_people)
"""Views for staff who may see people."""


def page_number(text: str) -> int:
    """The number of a page as an address or a form has it; 1 for anything else."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 5 and 1 <= int(text) <= 10_000 else 1
