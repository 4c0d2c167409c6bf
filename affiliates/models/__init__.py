"""Groups, and what ties a person to a group."""

from .groups import (
    RESERVED_SLUGS,
    Group,
    GroupLink,
    GroupQuerySet,
    GroupRole,
    GroupStatus,
    Role,
    day_in_words,
)
from .roster import Introduction, JoinedBy, RosterEntry
from .sign_up import AskedConsent, FormQuestion, KnownField, QuestionKind, SignUp, SignUpForm
from .watches import PlaceWatch

__all__ = [
    "RESERVED_SLUGS",
    "AskedConsent",
    "FormQuestion",
    "Group",
    "GroupLink",
    "GroupQuerySet",
    "GroupRole",
    "GroupStatus",
    "Introduction",
    "JoinedBy",
    "KnownField",
    "PlaceWatch",
    "QuestionKind",
    "Role",
    "RosterEntry",
    "SignUp",
    "SignUpForm",
    "day_in_words",
]
