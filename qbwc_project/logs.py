"""Logging as one dictConfig: every line through structlog, as text or as JSON, to stderr and to a file."""

import re
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
FORMATS = ("text", "json")
_SECRET_ADDRESS = re.compile(r"(/(?:shared|set-up|alerts/stop)/)[\w:%-]{20,}", re.ASCII)


def _without_request(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django hangs the request object on its lines; its text says nothing that the line does not."""
    event.pop("request", None)
    return event


def _without_secret_addresses(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Django writes the address of what it refuses, and that of a link that needs no sign-in is its secret."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _SECRET_ADDRESS.sub(r"\1…", value)
    return event


# What every line gets, whether it came from structlog or from the standard library's logging.
SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    _without_request,
    _without_secret_addresses,
)


def _text() -> tuple[Processor, ...]:
    plain = structlog.dev.ConsoleRenderer(
        colors=False, pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
    )
    return (plain,)


def _json() -> tuple[Processor, ...]:
    # Without the local variables it shows by default: a password or a key may be among them.
    tracebacks = structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
    return (structlog.processors.ExceptionRenderer(tracebacks), structlog.processors.JSONRenderer(ensure_ascii=False))


def _handlers(file: str) -> dict[str, dict[str, Any]]:
    handlers: dict[str, dict[str, Any]] = {"stderr": {"class": "logging.StreamHandler", "formatter": "tieout"}}
    if file:
        # Watched, not rotating: web, worker and beat may write the same file, and logrotate may move it.
        watched = "logging.handlers.WatchedFileHandler"
        handlers["file"] = {
            "class": watched,
            "filename": file,
            "delay": True,
            "encoding": "utf-8",
            "formatter": "tieout",
        }
    return handlers


def logging_config(level: str, file: str, line_format: str) -> dict[str, Any]:
    """Django's LOGGING for these settings. A wrong level or format falls back; system checks report it."""
    render = _json() if line_format == "json" else _text()
    handlers = _handlers(file)
    shown = level.upper() if level.upper() in LEVELS else "INFO"
    own = shown if shown != "DEBUG" else "INFO"  # below that the libraries drown everything else
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "tieout": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": list(SHARED),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render],
            },
        },
        "handlers": handlers,
        "root": {"level": shown, "handlers": list(handlers)},
        "loggers": {
            # Django's own handlers would print a second time, or mail.
            "django": {"level": own, "handlers": [], "propagate": True},
            "django.server": {"level": own, "handlers": [], "propagate": True},
            "uvicorn": {"level": _above_info(own), "handlers": [], "propagate": True},
            "celery": {"level": _above_info(own), "handlers": [], "propagate": True},
            "kombu": {"level": own},
            "amqp": {"level": own},
            "asyncio": {"level": own},
        },
    }


def _above_info(level: str) -> str:
    """Their INFO tells of every start, stop and task; ours is for what happened to a company's books."""
    return "WARNING" if level == "INFO" else level


def configure_structlog() -> None:
    """Send structlog's own loggers through the standard library, so that one configuration rules both."""
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *SHARED,
            structlog.processors.StackInfoRenderer(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
