"""The qbwc app."""

from django.apps import AppConfig


class QbwcConfig(AppConfig):
    name = "qbwc"
