"""Django's default WSGI entry, for tools that expect one; Tieout itself is served by `manage.py serve` (ASGI)."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qbwc_project.settings")
application = get_wsgi_application()
