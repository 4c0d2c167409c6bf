"""The link by which a member votes. A signed reference to their row: it holds no address, and opening it changes
nothing."""

from django.core import signing

from .models import MemberVoter

_VOTERS = signing.Signer(salt="endorsements.member_vote")


class VoteLinkError(Exception):
    """The link is forged or cut off, or its person was deleted."""


def voter_token(voter: MemberVoter) -> str:
    """What the link of a member's vote refers to it by."""
    return _VOTERS.sign(str(voter.pk))


def voter_of(token: str) -> MemberVoter:
    """The member's row, with vote, poll, race and group. Raises VoteLinkError."""
    rows = MemberVoter.objects.select_related("vote__poll__race", "vote__group", "choice")
    try:
        return rows.defer("vote__group__position").get(pk=int(_VOTERS.unsign(token)), person__isnull=False)
    except (signing.BadSignature, ValueError, MemberVoter.DoesNotExist) as error:
        raise VoteLinkError from error
