"""After a test whose commits are real nothing is left but what Django makes from the models."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.contrib.auth.models import Permission

from accounts.tests.factories import UserFactory
from metrics.tests import sample_company as sample
from tests import quick_tables

pytestmark = pytest.mark.django_db(transaction=True)


def test_every_table_is_empty_and_the_permissions_are_the_same() -> None:
    permissions = set(Permission.objects.values_list("pk", "codename"))
    sample.synced_company(sample.person())
    UserFactory.create(username="another").groups.create(name="people").permissions.add(Permission.objects.all()[0])

    quick_tables.empty()

    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    filled = {model._meta.db_table for model in models if model._default_manager.exists()}
    assert filled == set(quick_tables.KEPT)
    assert set(Permission.objects.values_list("pk", "codename")) == permissions != set()
