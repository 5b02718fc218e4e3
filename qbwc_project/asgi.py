"""The ASGI application of the server: Django, loaded, behind the router."""

import os

import django

from qbwc_project.routing import build_router

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qbwc_project.settings")
django.setup(set_prefix=False)

application = build_router()
