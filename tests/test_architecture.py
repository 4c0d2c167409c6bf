"""What import-linter cannot see: that references between tables point down too, and what only workers import."""

import subprocess
import sys
from typing import Any

import pytest
from django.apps import apps
from django.db import models

FLOORS = [
    "web", "audit", "mail", "places", "accounts", "imports", "documents",
    "members", "affiliates", "endorsements", "events",
]  # fmt: skip
OURS = [model for model in apps.get_models() if model._meta.app_label in FLOORS]


def references(model: type[models.Model]) -> "list[models.ForeignKey[Any, Any] | models.ManyToManyField[Any, Any]]":
    return [
        field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey | models.ManyToManyField)
    ]


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_references_point_down(model: type[models.Model]) -> None:
    floor = FLOORS.index(model._meta.app_label)
    for field in references(model):
        target = field.related_model
        assert target is not None
        if not isinstance(target, str) and target._meta.app_label in FLOORS:
            assert FLOORS.index(target._meta.app_label) <= floor, f"{field} points up"


@pytest.mark.parametrize("model", OURS, ids=lambda model: model._meta.label)
def test_every_constraint_has_a_name_of_its_own_words(model: type[models.Model]) -> None:
    for constraint in model._meta.constraints:
        assert constraint.name.startswith(model._meta.model_name or "?"), constraint.name


def test_no_model_of_ours_overrides_save() -> None:
    overriding = [model for model in OURS if "save" in vars(model)]
    assert overriding == []


def test_what_only_workers_need_is_not_imported_by_the_pages() -> None:
    code = "import django; django.setup(); import config.urls, sys; print(*{'polars', 'weasyprint'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
