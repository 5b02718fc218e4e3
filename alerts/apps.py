"""The alerts app: what somebody should look at, told once, acknowledged by a person."""

from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts.letters import register_letters  # models are loaded by now, not before
        from alerts.signing_secrets import number_of
        from alerts.undelivered import register_undelivered
        from outbox.webhook import register_numbers

        register_letters()
        register_undelivered()
        register_numbers(number_of)
