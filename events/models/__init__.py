"""The tables of events, by topic."""

from .answers import HELD_FOR, CalendarFeed, EventNotice, NoticeKind, Rsvp, RsvpState
from .attendance import KEEPS_SENT, Attendance, CheckedInBy, SentCheckIn
from .campaigns import Campaign, CampaignLink, CampaignState, HostMessage
from .planned import (
    HAS_LINK,
    HAS_VENUE,
    MOST_GUESTS,
    RESERVED_SLUGS,
    Access,
    Cohost,
    Event,
    EventFormat,
    EventKind,
    EventPicture,
    EventQuestion,
    EventReport,
    EventState,
    Series,
    TrustedHost,
)

__all__ = [
    "HAS_LINK",
    "HAS_VENUE",
    "HELD_FOR",
    "KEEPS_SENT",
    "MOST_GUESTS",
    "RESERVED_SLUGS",
    "Access",
    "Attendance",
    "CalendarFeed",
    "Campaign",
    "CampaignLink",
    "CampaignState",
    "CheckedInBy",
    "Cohost",
    "Event",
    "EventFormat",
    "EventKind",
    "EventNotice",
    "EventPicture",
    "EventQuestion",
    "EventReport",
    "EventState",
    "HostMessage",
    "NoticeKind",
    "Rsvp",
    "RsvpState",
    "SentCheckIn",
    "Series",
    "TrustedHost",
]
