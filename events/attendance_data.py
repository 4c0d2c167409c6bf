"""What is held of the events that a person came to, for the person themselves."""

from collections.abc import Iterable

from members.models import Person
from members.person_export import Row, register_export_section

from .models import Attendance


def register_attendance_data() -> None:
    """Called once, when the app is ready."""
    register_export_section("attendances", _attendances, covers=["events.attendance"])


def _attendances(person: Person) -> Iterable[Row]:
    columns = ("at", "how", "guests", "name", "recorded_at", "undone_at")
    for attendance in Attendance.objects.filter(person=person).select_related("event").order_by("at", "pk"):
        what = {"event": attendance.event.title, "starts_at": attendance.event.starts_at}
        yield {**what, **{name: getattr(attendance, name) for name in columns}}
