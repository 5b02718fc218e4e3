"""Every setting, read from the environment (or `.env`); checked by system checks in qbwc_project/checks.py."""

import os
import secrets
from pathlib import Path
from typing import Any

import environ

from qbwc_project.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env", overwrite=False)

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "data")))


def _kept_secret_key() -> str:
    """The installation's own key, made once and kept readable by its owner only."""
    path = DATA_DIR / "secret_key"
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text(encoding="ascii").strip()


def _plain(name: str) -> str:
    """A secret as it is written: django-environ takes a value that begins with $ for another variable's name."""
    return os.environ.get(name, "")


DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = _plain("SECRET_KEY") or _kept_secret_key()
SERVER_HOST = env.str("SERVER_HOST", default="127.0.0.1")
SERVER_PORT: int = env.int("SERVER_PORT", default=8000)
# Where `serve` listened last: connect_company in another terminal then names the right address.
PORT_FILE = DATA_DIR / "server_port"


def _port_known() -> int:
    if "SERVER_PORT" not in os.environ and PORT_FILE.is_file():
        last = PORT_FILE.read_text(encoding="ascii").strip()
        return int(last) if last.isdecimal() else SERVER_PORT
    return SERVER_PORT


PUBLIC_URL = env.str("PUBLIC_URL", default=f"http://localhost:{_port_known()}").rstrip("/")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"])
DEMO_LAB = env.bool("DEMO_LAB", default=False)  # the failure lab: a simulated Web Connector makes trouble on request
DOCTOR_CA_FILE = env.str("DOCTOR_CA_FILE", default="")  # an authority of one's own, for Doctor's look at PUBLIC_URL
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL.startswith("https://") else []
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PUBLIC_URL.startswith("https://")
SESSION_COOKIE_HTTPONLY = True
APPEND_SLASH = False  # a redirect would break the Web Connector, which follows none

# The names that existing deployments use.
QBWC_USERNAME = env.str("QBWC_USERNAME", default="")
QBWC_PASSWORD_HASH, API_KEY = _plain("QBWC_PASSWORD_HASH"), _plain("API_KEY")
MAX_QBXML_SIZE_MB = env.int("MAX_QBXML_SIZE_MB", default=100)
DATABASE_RETENTION_DAYS = env.int("DATABASE_RETENTION_DAYS", default=90)
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOG_FILE = env.str("LOG_FILE", default="")
LOG_FORMAT = env.str("LOG_FORMAT", default="text")

# The synchronous path (passthrough/): a caller's HTTP call is held until QuickBooks has answered.
HOLD_SECONDS = env.int("HOLD_SECONDS", default=35)
ALLOWED_ORIGINS = env.list("ALLOWED_ORIGINS", default=[])
QBXML_SCHEMA_DIR = env.str("QBXML_SCHEMA_DIR", default="")
RATE_LIMIT_PER_MINUTE = env.int("RATE_LIMIT_PER_MINUTE", default=6000)
IDEMPOTENT_REPLAY_STATUS = env.int("IDEMPOTENT_REPLAY_STATUS", default=409)
FINGERPRINT_MINUTES = env.int("FINGERPRINT_MINUTES", default=10)
AUTO_RETRY_ENABLED = env.bool("AUTO_RETRY_ENABLED", default=True)
AUTO_RETRY_MAX_ATTEMPTS = env.int("AUTO_RETRY_MAX_ATTEMPTS", default=3)
AUTO_RETRY_BACKOFF_SECONDS = env.list("AUTO_RETRY_BACKOFF_SECONDS", cast=float, default=[1.0, 2.0, 4.0])
CALLBACK_ALLOW_PRIVATE = env.bool("CALLBACK_ALLOW_PRIVATE", default=False)
# The agent on the QuickBooks PC that some installations have instead of a Web Connector.
QB_SHIM_URL = env.str("QB_SHIM_URL", default="")
QB_SHIM_TIMEOUT_SECONDS = env.int("QB_SHIM_TIMEOUT_SECONDS", default=30)
QB_SHIM_CONNECT_TIMEOUT_SECONDS = env.int("QB_SHIM_CONNECT_TIMEOUT_SECONDS", default=5)

# Mail (outbox/): without EMAIL_URL none leaves, and whatever would send says so.
_EMAIL_URL = _plain("EMAIL_URL")
MAIL_IS_SET_UP = bool(_EMAIL_URL)
_NO_TLS = {"EMAIL_USE_TLS": False, "EMAIL_USE_SSL": False}
_MAIL: dict[str, Any] = _NO_TLS | env.email_url_config(_EMAIL_URL or "dummymail://")
_IS_SMTP = _MAIL["EMAIL_BACKEND"].endswith(".smtp.EmailBackend")
EMAIL_BACKEND = "outbox.smtp.Backend" if _IS_SMTP else _MAIL["EMAIL_BACKEND"]
EMAIL_HOST, _MAIL_FOLDER = _MAIL["EMAIL_HOST"] or "localhost", _MAIL["EMAIL_FILE_PATH"]
# django-environ takes the first slash off, and letters would land beside the program instead.
EMAIL_FILE_PATH = str(Path("/", _MAIL_FOLDER)) if _MAIL_FOLDER else None
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL["EMAIL_HOST_USER"] or "", _MAIL["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS, EMAIL_USE_SSL = _MAIL["EMAIL_USE_TLS"], _MAIL["EMAIL_USE_SSL"]
EMAIL_PORT = _MAIL["EMAIL_PORT"] or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
EMAIL_TIMEOUT = 20  # seconds for each step of the conversation with the mail server
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="")
# As it leaves, a third larger than the files; more than 20 MB few mail servers take, and outbox/ refuses it.
MAIL_ATTACHMENT_LIMIT_MB = min(20, env.int("MAIL_ATTACHMENT_LIMIT_MB", default=20))

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "accounts.admin_config.TieoutAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "ninja",
    "csp",
    "django_htmx",
    "accounts",
    "outbox",
    "qbwc",
    "passthrough",
    "alerts",
    "metrics",
    "qwc",
    "qbwc_project",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "qbwc_project.compression.PageCompression",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "qbwc_project.urls"
ASGI_APPLICATION = "qbwc_project.asgi.application"
WSGI_APPLICATION = "qbwc_project.wsgi.application"
AUTH_USER_MODEL = "accounts.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
LOGIN_URL = "sign-in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "sign-in"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# SQLite: IMMEDIATE, because a read that later writes fails with "database is locked" under DEFERRED (docs/decisions/).
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    "init_command": (
        "PRAGMA journal_mode=WAL;PRAGMA synchronous=FULL;PRAGMA cache_size=-20000;PRAGMA journal_size_limit=67108864"
    ),
}
DATABASE_URL = env.str("DATABASE_URL", default="") or f"sqlite:///{DATA_DIR / 'tieout.sqlite3'}"
DATABASES: dict[str, Any] = {"default": env.db_url_config(DATABASE_URL)}
IS_SQLITE = DATABASES["default"]["ENGINE"].endswith("sqlite3")
if IS_SQLITE:
    DATABASES["default"] |= {"OPTIONS": SQLITE_OPTIONS, "CONN_MAX_AGE": None}
    # Threads and shared-cache memory tables lock each other: tests get a file.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATA_DIR.mkdir(parents=True, exist_ok=True)
else:
    DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}

PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
    "django.contrib.auth.hashers.BCryptSHA256PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "qbwc_project.fonts.FontFinder",
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    },
}

# Celery: with REDIS_URL worker and beat are processes of their own; without, they live in the server's process
# with the in-memory broker. The database is the queue of record in both (docs/decisions/).
REDIS_URL = env.str("REDIS_URL", default="")
EMBEDDED = not REDIS_URL
CELERY_BROKER_URL = REDIS_URL or "memory://localhost/"
# A Redis that hangs must not hang whoever hands a task over: the sweep finds what could not be handed over. A worker
# waits for its next task one second at a time, so its connections are quiet for less than that.
REDIS_TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 3}
CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.1} if EMBEDDED else REDIS_TIMEOUTS
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_step": 0.1, "interval_max": 0.1}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # a worker that gives up after a long outage of Redis would stay away
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_REDIRECT_STDOUTS = False
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a long delivery must not sit in front of others while a thread is free
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULE = {
    "deliver-what-was-left": {"task": "qbwc.tasks.deliver_undelivered", "schedule": 60.0},
    "expire-silent-sessions": {"task": "qbwc.tasks.expire_sessions", "schedule": 300.0},
    "settle-left-transactions": {"task": "passthrough.tasks.settle_left", "schedule": 15.0},
    "send-due-callbacks": {"task": "passthrough.tasks.send_due_callbacks", "schedule": 15.0},
    "send-scheduled-mail": {"task": "metrics.tasks.send_scheduled_mail", "schedule": 60.0},
    "sweep-background-work": {"task": "metrics.tasks.sweep_background_work", "schedule": 60.0},
    "watch-connections": {"task": "qwc.tasks.watch_connections", "schedule": 60.0},
    "look-for-alerts": {"task": "alerts.tasks.look_for_alerts", "schedule": 300.0},
    "sweep-outbox": {"task": "outbox.tasks.sweep_outbox", "schedule": 60.0},
    "forget-old-messages": {"task": "outbox.tasks.forget_old_messages", "schedule": 86400.0},
    "strip-old-transactions": {"task": "passthrough.tasks.strip_old", "schedule": 86400.0},
}

LOGGING = logging_config(level=LOG_LEVEL, file=LOG_FILE, line_format=LOG_FORMAT)

UNFOLD = {
    "SITE_TITLE": "Tieout administration",
    "SITE_HEADER": "Tieout",
    "SHOW_HISTORY": True,
    "COLORS": {  # the accent of static/tieout/tieout.css: 600 is its light one, 300 its dark one
        "primary": {
            "50": "oklch(97% .008 225)",
            "100": "oklch(94.5% .014 225)",
            "200": "oklch(88% .045 225)",
            "300": "oklch(78.3% .082 225)",
            "400": "oklch(68% .095 226)",
            "500": "oklch(56% .098 228)",
            "600": "oklch(44.5% .082 229)",
            "700": "oklch(38% .07 229)",
            "800": "oklch(33% .055 230)",
            "900": "oklch(30.2% .04 231)",
            "950": "oklch(23.8% .04 230)",
        },
    },
}
