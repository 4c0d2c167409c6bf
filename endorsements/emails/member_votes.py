"""The mail by which a group's member is asked for their vote."""

from django.urls import reverse
from django.utils.translation import override

from affiliates.emails import absolute
from foundation.mail.models import OutgoingMail, Priority
from foundation.mail.outbox import queue_mail
from foundation.mail.rendering import render_mail

from ..member_vote_links import voter_token
from ..models import MemberVoter
from ..poll_times import moment_in_words, zone_of


def queue_member_vote_link(voter: MemberVoter) -> OutgoingMail | None:
    """ "What should our ballot be?" with the member's own link; None where the person has no address.

    Uses `voter.vote` with poll, race and group, and `voter.person.emails`. A mail of the group: it goes to those who
    want these, and its unsubscribe ends them.
    """
    vote, person = voter.vote, voter.person
    email = person.primary_email if person else None
    if person is None or email is None:
        return None
    zone = person.time_zone or vote.group.time_zone or zone_of(vote.poll.race)
    with override(person.language):
        context = {
            "vote": vote,
            "group": vote.group,
            "race": vote.poll.race,
            "closes": moment_in_words(vote.closes_at, zone),
            "link": absolute(reverse("member_vote", args=[voter_token(voter)])),
        }
    mail = render_mail("endorsements/member_vote", context, person.language)
    return queue_mail(
        to=email.address,
        **mail._asdict(),
        purpose="member vote",
        scope=vote.group.scope,
        from_name=vote.group.name,
        language=person.language,
        key=f"member-vote:{voter.pk}",
        priority=Priority.BULK,
    )
