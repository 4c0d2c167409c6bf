"""Everything that the endorsements app keeps, by topic."""

from .decisions import (
    AllowedNaming,
    CounterEndorsement,
    CounterKind,
    Endorsement,
    EndorsementOpinion,
    EndorsementState,
    GroupEndorsement,
    Outcome,
)
from .member_votes import MemberVote, MemberVoter
from .nominations import ConflictKind, ConflictOfInterest, Nomination
from .notices import PollNotice, PollNoticeKind
from .polls import (
    RULE,
    Ballot,
    BallotStrike,
    ChoiceKind,
    EligibleGroup,
    EntryKind,
    Poll,
    PollChoice,
    PollEntry,
    PollState,
    WhyEligible,
)
from .questionnaires import Answer, Question, Questionnaire, QuestionnaireResponse
from .races import Candidate, CandidateLink, Level, Race, ResearchNote, Result
from .seekers import OfficeSeeker, SeekerFollowUp, SeekerStage

__all__ = [
    "RULE",
    "AllowedNaming",
    "Answer",
    "Ballot",
    "BallotStrike",
    "Candidate",
    "CandidateLink",
    "ChoiceKind",
    "ConflictKind",
    "ConflictOfInterest",
    "CounterEndorsement",
    "CounterKind",
    "EligibleGroup",
    "Endorsement",
    "EndorsementOpinion",
    "EndorsementState",
    "EntryKind",
    "GroupEndorsement",
    "Level",
    "MemberVote",
    "MemberVoter",
    "Nomination",
    "OfficeSeeker",
    "Outcome",
    "Poll",
    "PollChoice",
    "PollEntry",
    "PollNotice",
    "PollNoticeKind",
    "PollState",
    "Question",
    "Questionnaire",
    "QuestionnaireResponse",
    "Race",
    "ResearchNote",
    "Result",
    "SeekerFollowUp",
    "SeekerStage",
    "WhyEligible",
]
