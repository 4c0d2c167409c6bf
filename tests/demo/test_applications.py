"""What waits before the demo's staff on the first day."""

import pytest

from affiliates.agreements.templates import publish_first
from affiliates.models import Agreement, AgreementState, Application, ApplicationState
from affiliates.reviewing import obstacles
from config.demo.applications import FILED, file_applications
from foundation.accounts.models import User
from foundation.mail.models import OutgoingMail
from tests.affiliates.reviewing import NOW, make_reviewer
from tests.factories import make_group

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewer() -> User:
    publish_first(now=NOW)
    make_group("Cambridge Many Hands")
    reviewer = make_reviewer()
    file_applications(reviewer)
    return reviewer


def test_applications_wait_at_every_turn_and_nobody_got_a_mail(reviewer: User) -> None:
    by_name = {application.name: application for application in Application.objects.all()}
    states = {name: application.state for name, application in by_name.items()}
    assert states == {
        "Manos del Río": ApplicationState.FILED,
        "Great Falls Open Hands": ApplicationState.FILED,
        "Cambridge Many Handed": ApplicationState.FILED,
        "Stevens Point Commons": ApplicationState.APPROVED,
        "Gallup Kitchen Table": ApplicationState.CHANGES_ASKED,
    }
    assert obstacles(by_name["Manos del Río"]) == []
    assert "organizing call" in obstacles(by_name["Great Falls Open Hands"])[0]
    assert "dispute" in obstacles(by_name["Cambridge Many Handed"])[0]
    assert not OutgoingMail.objects.exists()


def test_each_is_signed_by_its_contact(reviewer: User) -> None:
    signed = Agreement.objects.filter(state=AgreementState.SIGNED).order_by("pk")
    assert [agreement.signed_name for agreement in signed] == [filed.person for filed in FILED]
    assert all(bytes(agreement.pdf or b"").startswith(b"%PDF") for agreement in signed)


def test_they_are_filed_once(reviewer: User) -> None:
    file_applications(reviewer)
    assert Application.objects.count() == len(FILED)
