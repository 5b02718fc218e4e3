"""The qbwc app."""

from django.apps import AppConfig


class QbwcConfig(AppConfig):
    name = "qbwc"
    verbose_name = "Web Connector"

    def ready(self) -> None:
        from qbwc.raw import register_purposes  # models are loaded by now, not before

        register_purposes()
