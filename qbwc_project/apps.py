"""The qbwc_project app."""

from django.apps import AppConfig


class QbwcProjectConfig(AppConfig):
    name = "qbwc_project"
