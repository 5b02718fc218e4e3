"""The server process: uvicorn with our ending, on a socket of our own, and Celery inside when there is no Redis."""

import asyncio
import errno
import logging
import socket
import sys
from typing import Protocol

import uvicorn
from django.conf import settings

from passthrough import holding
from qbwc import holds
from qbwc_project.handlers import Application

BACKLOG = 4096  # as many callers as may arrive in one moment
GRACEFUL_SECONDS = 10  # what an open request gets to end in
FILES_WANTED = 16384  # more than held calls; each is one open file

logger = logging.getLogger(__name__)


class CannotListen(Exception):
    """The address cannot be listened on; the message says why and what to do."""


class Companion(Protocol):
    """What lives as long as the server does: embedded.Embedded."""

    def start(self) -> None:
        """Returns when it works."""

    def stop(self) -> bool:
        """Whether it had ended everything in time."""
        ...


class Server(uvicorn.Server):
    """uvicorn, which starts its companion once it listens, and ends everything inside `shutdown`.

    After `shutdown` uvicorn raises the signal again, so nothing written after `run()` is reached.
    """

    def __init__(self, config: uvicorn.Config, companion: Companion | None = None) -> None:
        super().__init__(config)
        self._companion = companion

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._companion is not None:
            await asyncio.to_thread(self._companion.start)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Held calls, requests, then tasks: an answer that arrived a moment ago is still delivered."""
        # uvicorn waits for open requests, and would cut the held ones off with a 500
        await asyncio.gather(holding.end_all(), holds.end_all())
        await super().shutdown(sockets)
        if self._companion is not None and not await asyncio.to_thread(self._companion.stop):
            logger.warning("A task was still running when the server ended; the next start delivers it again.")


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. CannotListen in plain words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=BACKLOG)
    except OSError as error:
        raise CannotListen(_why_not(error, host, port)) from error
    except OverflowError as error:
        raise CannotListen(f"{port} is not a port. Choose one from 1 to 65535 with --port.") from error


def _why_not(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} is already taken on {host}: another program, or a Tieout that still runs, listens there. "
            f"End it, or choose another port with --port {port + 1}."
        )
    if error.errno == errno.EACCES:
        return f"This user may not listen on port {port}. Choose one above 1023 with --port 8000."
    return f"Cannot listen on {host}, port {port}: {error.strerror or error}. Check --host and --port."


def address_of(listener: socket.socket) -> str:
    """http://… of a listening socket; every interface is named localhost."""
    host, port = listener.getsockname()[:2]
    shown = "localhost" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - compared, not bound
    return f"http://[{shown}]:{port}" if ":" in shown else f"http://{shown}:{port}"


def build_config(application: Application) -> uvicorn.Config:
    """uvicorn's configuration; the measurements behind it are in docs/decisions/."""
    is_behind_proxy = settings.SECURE_PROXY_SSL_HEADER is not None
    return uvicorn.Config(
        application,
        http="httptools",
        ws="none",
        lifespan="on",
        log_config=None,  # settings.LOGGING rules uvicorn's loggers too
        access_log=settings.LOG_LEVEL.upper() == "DEBUG",
        server_header=False,
        proxy_headers=is_behind_proxy,
        # BEHIND_PROXY promises that only the proxy reaches this port, wherever it runs.
        forwarded_allow_ips="*" if is_behind_proxy else None,
        backlog=BACKLOG,
        timeout_graceful_shutdown=GRACEFUL_SECONDS,
    )


def serve(application: Application, listener: socket.socket) -> None:
    """Serve until SIGINT or SIGTERM, which is raised again when everything has ended."""
    raise_file_limit()
    companion = None
    if settings.EMBEDDED:
        from qbwc_project.embedded import Embedded  # Celery's worker is not loaded where it is not used

        companion = Embedded()
    Server(build_config(application), companion).run(sockets=[listener])


def raise_file_limit() -> None:
    """Each held call is an open file, and many systems allow 1,024 by default; take what may be taken."""
    if sys.platform == "win32":
        return
    import resource  # does not exist on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(FILES_WANTED, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
