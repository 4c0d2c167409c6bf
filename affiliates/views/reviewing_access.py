"""The door of the pages on which staff review and countersign."""

from foundation.accounts.staff_pages import StaffPages

from ..permissions import can_review_applications

review_page = StaffPages(can_review_applications)
"""Views for staff who may review."""
