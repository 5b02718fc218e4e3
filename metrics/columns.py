"""What the tables with figures have in common: the column for money, and the basis."""

from __future__ import annotations

from typing import Any

from django.db import models

# How the account_key begins of an account that the chart does not know; otherwise it is the ListID.
UNRESOLVED = "name:"


def money(**options: Any) -> models.DecimalField[Any, Any]:
    """A column for an amount in home currency, two decimals, within ±9,999,999,999,999.99."""
    return models.DecimalField(max_digits=15, decimal_places=2, **options)


class Basis(models.TextChoices):
    ACCRUAL = "accrual", "Accrual"
    CASH = "cash", "Cash"


def list_id_of(account_key: str) -> str:
    """The ListID in an account_key; empty when the chart of accounts does not know the account."""
    return "" if account_key.startswith(UNRESOLVED) else account_key
