"""The link by which somebody who was noted as present says that it was not them."""

import datetime

from django.core import signing

from .models import Attendance

WORKS_FOR = datetime.timedelta(days=60)
_SALT = "events.not_there"


class NotThereLinkError(Exception):
    """The link is forged, cut off or too old, or the attendance is gone with its person."""


def not_there_token(attendance: Attendance) -> str:
    """The signed reference to `attendance` for its mail; it holds no address."""
    return signing.dumps(attendance.pk, salt=_SALT)


def attendance_of(token: str) -> Attendance:
    """The attendance that a mail's link refers to, with event and person. Raises NotThereLinkError."""
    try:
        pk = signing.loads(token, salt=_SALT, max_age=WORKS_FOR)
        return Attendance.objects.select_related("event", "person").get(pk=pk)
    except (signing.BadSignature, Attendance.DoesNotExist) as error:
        raise NotThereLinkError from error
