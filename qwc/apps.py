"""The qwc app."""

from django.apps import AppConfig


class QwcConfig(AppConfig):
    name = "qwc"

    def ready(self) -> None:
        from qwc.alert_source import register_alert_sources  # models are loaded by now, not before

        register_alert_sources()
