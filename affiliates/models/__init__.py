"""Groups, and what ties a person to a group."""

from .agreements import (
    Agreement,
    AgreementEvent,
    AgreementState,
    AgreementTemplate,
    EndedBy,
    Origin,
    ResigningNotice,
    ResigningRound,
    TemplateState,
)
from .applications import (
    Application,
    ApplicationEvent,
    ApplicationState,
    DisputeNote,
    DisputeOutcome,
    NameDispute,
    Side,
)
from .calls import AgendaQuestion, Call, CallAnswer, CallKind, FollowUp
from .groups import (
    KEEPS_GROUP,
    RESERVED_SLUGS,
    Group,
    GroupLink,
    GroupQuerySet,
    GroupRole,
    GroupStatus,
    Role,
    day_in_words,
)
from .regions import FundraisingOffice, Region, RegionPart
from .roles import RoleInvitation
from .roster import GroupMessage, Introduction, JoinedBy, RosterEntry, RosterNote, RosterTag
from .sign_up import AskedConsent, FormQuestion, KnownField, QuestionKind, SignUp, SignUpForm
from .watches import PlaceWatch

__all__ = [
    "KEEPS_GROUP",
    "RESERVED_SLUGS",
    "AgendaQuestion",
    "Agreement",
    "AgreementEvent",
    "AgreementState",
    "AgreementTemplate",
    "Application",
    "ApplicationEvent",
    "ApplicationState",
    "AskedConsent",
    "Call",
    "CallAnswer",
    "CallKind",
    "DisputeNote",
    "DisputeOutcome",
    "EndedBy",
    "FollowUp",
    "FormQuestion",
    "FundraisingOffice",
    "Group",
    "GroupLink",
    "GroupMessage",
    "GroupQuerySet",
    "GroupRole",
    "GroupStatus",
    "Introduction",
    "JoinedBy",
    "KnownField",
    "NameDispute",
    "Origin",
    "PlaceWatch",
    "QuestionKind",
    "Region",
    "RegionPart",
    "ResigningNotice",
    "ResigningRound",
    "Role",
    "RoleInvitation",
    "RosterEntry",
    "RosterNote",
    "RosterTag",
    "Side",
    "SignUp",
    "SignUpForm",
    "TemplateState",
    "day_in_words",
]
