"""The qbwc_project app: what has to happen once, when Django has loaded."""

from importlib import import_module

from django.apps import AppConfig

from qbwc_project.logs import configure_structlog


class QbwcProjectConfig(AppConfig):
    name = "qbwc_project"

    def ready(self) -> None:
        """Register the checks, make the Celery app the default of every thread, route structlog."""
        configure_structlog()
        import_module("qbwc_project.checks")
        import_module("qbwc_project.celery")
        import_module("qbwc_project.lab_work").register()
