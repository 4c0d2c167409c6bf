"""What apps above tell of a group, and what they add to its page."""

import datetime

import pytest
from django.http import HttpRequest
from django.test import Client
from django.utils.safestring import SafeString, mark_safe

from affiliates import page_panels
from affiliates.liveliness import note_activity, note_next_event
from affiliates.models import Group
from affiliates.page_panels import Place, register_page_panel
from tests.factories import LONG_AGO, make_group

pytestmark = pytest.mark.django_db


def test_the_next_event_is_noted_and_taken_back() -> None:
    group = make_group()
    note_next_event(group_id=group.pk, at=LONG_AGO)
    group.refresh_from_db()
    assert group.next_event_at == LONG_AGO
    note_next_event(group_id=group.pk, at=None)
    group.refresh_from_db()
    assert group.next_event_at is None


def test_the_latest_activity_counts() -> None:
    group = make_group()
    for at in (LONG_AGO, LONG_AGO - datetime.timedelta(days=9)):
        note_activity(group_id=group.pk, at=at)
    group.refresh_from_db()
    assert group.last_active_at == LONG_AGO


def test_a_panel_stands_where_its_app_asked(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_panels, "_panels", {})

    def builder(group: Group, request: HttpRequest) -> SafeString | None:
        return mark_safe(f"<p>panel of {group.pk}</p>") if group.name != "Quiet" else None

    register_page_panel("test", Place.BELOW, 1, builder)
    group = make_group()
    assert f"panel of {group.pk}" in client.get(group.get_absolute_url()).content.decode()
    assert "panel of" not in client.get(make_group("Quiet").get_absolute_url()).content.decode()
