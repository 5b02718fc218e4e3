"""The alerts app: what somebody should look at, told once, acknowledged by a person."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts.letters import register_letters  # models are loaded by now, not before

        register_letters()
