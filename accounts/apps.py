"""The accounts app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People, companies, keys"

    def ready(self) -> None:
        """Guard the audit trail, register the checks."""
        import_module("accounts.audit")
        import_module("accounts.checks")
