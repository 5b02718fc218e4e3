"""`serve`: the web server, with Celery's worker and beat inside it when REDIS_URL is not set."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from qbwc_project.serving import CannotListen, address_of, listen, serve


class Command(BaseCommand):
    help = "Serve Tieout until Ctrl-C or SIGTERM."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--host", default=settings.SERVER_HOST, help="address to listen on (default: %(default)s)")
        parser.add_argument("--port", type=int, default=settings.SERVER_PORT, help="0 takes a free one (%(default)s)")
        parser.add_argument("--migrate", action="store_true", help="bring the database up to date first")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            listener = listen(options["host"], options["port"])
        except CannotListen as problem:
            raise CommandError(str(problem)) from problem
        settings.PORT_FILE.write_text(str(listener.getsockname()[1]), encoding="ascii")
        if options["migrate"]:
            call_command("migrate", interactive=False, verbosity=0)
        from qbwc_project.asgi import application  # after the port: a second start should fail at once

        self._greet(address_of(listener))
        try:
            serve(application, listener)
        except KeyboardInterrupt:
            self.stdout.write("Tieout has stopped.")

    def _greet(self, address: str) -> None:
        self.stdout.write(f"Tieout listens on {address}")
        self.stdout.write(f"It is known to the outside as {settings.PUBLIC_URL} (PUBLIC_URL).")
        self.stdout.write(
            "Ctrl-C ends it." if settings.EMBEDDED else "Ctrl-C ends it. Celery runs on its own (REDIS_URL)."
        )
        self.stdout.flush()
