"""The metrics app; at start it tells the queue what it reads from QuickBooks."""

from django.apps import AppConfig


class MetricsConfig(AppConfig):
    name = "metrics"

    def ready(self) -> None:
        # Imported here, because models may only be imported once every app is loaded.
        import metrics.snapshots.freezing  # noqa: F401  # its guard of frozen figures must listen in every process
        from metrics.alerting.sources import register_alert_sources
        from metrics.background import register_work
        from metrics.downloads.files import WORK_KIND, run_pack
        from metrics.purposes import register_purposes
        from metrics.reading.reread_work import register_reread
        from metrics.scheduled_mail.alert_source import register_mail_source
        from metrics.scheduled_mail.letters import register_letters
        from metrics.scheduled_mail.runs import WORK_KIND as MAIL_KIND
        from metrics.scheduled_mail.runs import run_mail

        register_purposes()
        register_reread()
        register_alert_sources()
        register_mail_source()
        register_work(WORK_KIND, run_pack)
        register_work(MAIL_KIND, run_mail)
        register_letters()
