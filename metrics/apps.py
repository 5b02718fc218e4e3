"""The metrics app; at start it tells the queue what it reads from QuickBooks."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        # Imported here, because models may only be imported once every app is loaded.
        import metrics.snapshots  # noqa: F401  # its guard of frozen figures must listen in every process
        from metrics.background import register_work
        from metrics.purposes import register_purposes
        from metrics.reread_work import register_reread
        from metrics.review_files import WORK_KIND, run_pack

        register_purposes()
        register_reread()
        register_work(WORK_KIND, run_pack)
