"""The network's memory of people. What ties a person to a group lives in `affiliates`."""

from .activity import Activity, ActivityKind, ActivityScore, Membership
from .consent import Consent, ConsentPurpose, ConsentWording
from .donations import CancelledRecurring, Donation, DonationSource
from .duplicates import Duplicate, DuplicateReason, DuplicateState, Merge, PeopleToCompare, PersonToCompare
from .people import Person, PersonEmail, PersonPhone
from .privacy import Erasure
from .records import PersonNote, PersonTag, Segment, Tag

__all__ = [
    "Activity",
    "ActivityKind",
    "ActivityScore",
    "CancelledRecurring",
    "Consent",
    "ConsentPurpose",
    "ConsentWording",
    "Donation",
    "DonationSource",
    "Duplicate",
    "DuplicateReason",
    "DuplicateState",
    "Erasure",
    "Membership",
    "Merge",
    "PeopleToCompare",
    "Person",
    "PersonEmail",
    "PersonNote",
    "PersonPhone",
    "PersonTag",
    "PersonToCompare",
    "Segment",
    "Tag",
]
