"""What waits for staff: applications to review and agreements to countersign, the oldest first."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import ngettext

from foundation.accounts.models import User

from .models import Agreement, AgreementState, Application, ApplicationState, NameDispute, Region
from .models.applications import UNDECIDED, ApplicationQuerySet

# In this order on the page. A draft is nobody's work, but staff see that it is on its way.
SHOWN_STATES = (
    ApplicationState.FILED, ApplicationState.APPROVED, ApplicationState.CHANGES_ASKED, ApplicationState.DRAFT,
)  # fmt: skip
ME, NOBODY = "me", "nobody"


@dataclass(frozen=True)
class Queue:
    """Which applications are looked at: where they stand, where they lie, and whose they are. "" is any."""

    state: str = ApplicationState.FILED
    home: str = ""
    region: str = ""
    assigned: str = ""

    @property
    def query(self) -> str:
        """The query string that leads back to it, empty for the plain queue."""
        plain = asdict(Queue())
        return urlencode({name: value for name, value in asdict(self).items() if value != plain[name]})

    @property
    def is_filtered(self) -> bool:
        return bool(self.home or self.region or self.assigned)

    def applications(self, user: User) -> ApplicationQuerySet:
        """Those that this member of staff looks at, the one that waits longest first."""
        found = Application.objects.filter(state=self.state).select_related("assigned_to").defer("position")
        if self.home:
            found = found.filter(country="US", state_code=self.home)
        if self.region:
            region = Region.objects.filter(slug=self.region).first()
            found = found.in_region(region) if region else found.none()
        if self.assigned:
            found = found.filter(assigned_to=user if self.assigned == ME else None)
        return found.order_by("waiting_since", "pk")

    def next_after(self, application: Application, user: User) -> Application | None:
        """The oldest one besides `application`."""
        return self.applications(user).exclude(pk=application.pk).first()


def read_queue(query: Mapping[str, str]) -> Queue:
    """The queue of a query string; what it cannot mean is left out."""
    state, assigned = query.get("state", ""), query.get("assigned", "")
    return Queue(
        state=state if state in SHOWN_STATES else ApplicationState.FILED,
        home=query.get("home", "")[:2],
        region=query.get("region", "")[:80],
        assigned=assigned if assigned in {ME, NOBODY} else "",
    )


def homes_in_queue() -> list[str]:
    """The states that undecided applications come from."""
    found = Application.objects.filter(state__in=UNDECIDED).exclude(state_code="")
    return sorted(set(found.values_list("state_code", flat=True)))


@dataclass(frozen=True)
class ToCountersign:
    """A line of the countersigner's queue. `agreement` is None where the group took its signature back."""

    name: str
    place_name: str
    since: datetime | None
    agreement: Agreement | None
    application: Application | None


def to_countersign() -> list[ToCountersign]:
    """Approved applications, and what groups past their application have signed (again), the oldest first."""
    signed = Agreement.objects.filter(state=AgreementState.SIGNED).without_bodies().select_related("group")
    signed = signed.defer("pdf", "sealed_pdf", "certificate_pdf", "group__position")
    by_group = {agreement.group_id: agreement for agreement in signed.order_by("signed_at", "pk")}
    approved = list(Application.objects.filter(state=ApplicationState.APPROVED).defer("position"))
    reviewed = set(
        Application.objects.filter(group__in=by_group)
        .exclude(state=ApplicationState.ACCEPTED)
        .values_list("group", flat=True)
    )
    lines = [
        ToCountersign(one.name, one.place_name, one.waiting_since, by_group.get(one.group_id or 0), one)
        for one in approved
    ]
    lines += [
        ToCountersign(one.group.name, one.group.place_name, one.signed_at, one, None)
        for group, one in by_group.items()
        if group not in reviewed
    ]
    return sorted(lines, key=lambda line: (line.since is not None, line.since))


@dataclass(frozen=True)
class Counts:
    """How much waits where."""

    states: Mapping[str, int]
    agreements: int
    disputes: int

    @property
    def to_review(self) -> int:
        return self.states[ApplicationState.FILED]


def count_waiting() -> Counts:
    """The numbers beside the tabs."""
    states = Counter(Application.objects.filter(state__in=UNDECIDED).values_list("state", flat=True))
    return Counts(states, len(to_countersign()), NameDispute.objects.open().count())


def decided(text: str = "") -> ApplicationQuerySet:
    """The applications that are over, the last one first; with `text` those with a name like it."""
    over = Q(state__in=[ApplicationState.ACCEPTED, ApplicationState.DECLINED, ApplicationState.WITHDRAWN])
    found = Application.objects.filter(over).select_related("decided_by", "group").defer("position", "group__position")
    return found.named_like(text) if text else found.order_by("-changed_at", "-pk")


def waiting_in_words() -> str:
    """What the staff home says of the queues: "3 applications to review, 1 agreement to countersign"."""
    counts = count_waiting()
    applications = ngettext("%(count)s application to review", "%(count)s applications to review", counts.to_review)
    agreements = ngettext(
        "%(count)s agreement to countersign", "%(count)s agreements to countersign", counts.agreements
    )
    return f"{applications % {'count': counts.to_review}}, {agreements % {'count': counts.agreements}}."
