"""What ends with an agreement, whoever ends it: all of it at once, in the transaction that ends it."""

import datetime

from foundation.accounts.models import User
from foundation.audit.models import record
from foundation.mail.outbox import call_off

from .agreements.chain import append_event
from .emails import ending as emails
from .listing import unlist_group
from .models import Agreement, AgreementState, Group
from .roles import revoke_open_invitations
from .signals import agreement_ended


def close_affiliation(*, group: Group, agreement: Agreement, actor: User | None, now: datetime.datetime) -> None:
    """Close what `agreement`, which has just ended or lapsed, had opened, and tell the group's contacts.

    Off the finder and the map, its page answers 410; roster, page and logo close with that, since
    affiliates.permissions asks whether the group is listed. Forms, invitations and open agreements are closed, what
    it was about to send is not sent; `agreement_ended` stops messages under way and tells the apps above. The history
    stays.
    """
    unlist_group(group=group, actor=actor)
    group.sign_up_forms.filter(is_open=True).update(is_open=False)
    revoke_open_invitations(group=group, actor=actor, now=now)
    _withdraw_open_agreements(group, actor, now)
    stopped = call_off(scope=group.scope)
    record(actor=actor, action="closed affiliation", subject=group.scope, mails_stopped=stopped)
    agreement_ended.send(sender=Agreement, group=group, agreement=agreement, at=now)
    emails.queue_agreement_ended(agreement)


def _withdraw_open_agreements(group: Group, actor: User | None, now: datetime.datetime) -> None:
    open_ones = group.agreements.unfinished().without_bodies().select_for_update(of=("self",)).order_by("pk")
    for agreement in open_ones:
        Agreement.objects.filter(pk=agreement.pk).update(state=AgreementState.WITHDRAWN)
        append_event(
            agreement, "withdrawn", now=now, actor=f"user:{actor.pk}" if actor else "system",
            because="the agreement in force ended",
        )  # fmt: skip
