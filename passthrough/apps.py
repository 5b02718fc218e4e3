"""The passthrough app."""

from importlib import import_module

from django.apps import AppConfig


class PassthroughConfig(AppConfig):
    name = "passthrough"
    verbose_name = "Passthrough"

    def ready(self) -> None:
        from passthrough.purposes import register_purposes  # models are loaded by now, not before

        register_purposes()
        import_module("passthrough.checks")
