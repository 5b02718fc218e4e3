"""The metrics app; at start it tells the queue what it reads from QuickBooks."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        # Imported here, because models may only be imported once every app is loaded.
        import metrics.snapshots  # noqa: F401  # its guard of frozen figures must listen in every process
        from metrics.purposes import register_purposes

        register_purposes()
