"""The doors of the pages about calls."""

from foundation.accounts.staff_pages import StaffPages

from ..group_pages import GroupPages
from ..permissions import can_hold_calls, can_see_regional_calls

calls_page = StaffPages(can_hold_calls)
"""Views for staff who hold calls."""

group_calls_page = GroupPages(can_see_regional_calls)
"""Views for those who organize a group in force. Others do not find it."""
