"""The metrics app; at start it tells the queue what it reads from QuickBooks."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        # Imported here, because models may only be imported once every app is loaded.
        from metrics.purposes import register_purposes

        register_purposes()
