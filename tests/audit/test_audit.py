"""The record of who did what cannot be changed."""

import pytest
from django.db import IntegrityError

from foundation.audit.models import AuditEntry, record
from tests.factories import make_user

pytestmark = pytest.mark.django_db


def test_an_entry_names_the_actor_and_the_subject_by_key() -> None:
    user = make_user()
    entry = record(actor=user, action="listed group", subject="group:1", why="test")
    assert (entry.actor, entry.subject, entry.details) == (f"user:{user.pk}", "group:1", {"why": "test"})
    assert record(actor=None, action="swept", subject="mail").actor == "system"


def test_the_database_refuses_to_change_an_entry() -> None:
    record(actor=None, action="a", subject="b")
    with pytest.raises(IntegrityError, match="append-only"):
        AuditEntry.objects.update(action="c")


def test_the_database_refuses_to_delete_an_entry() -> None:
    record(actor=None, action="a", subject="b")
    with pytest.raises(IntegrityError, match="append-only"):
        AuditEntry.objects.all().delete()
