"""The qwc app."""

from django.apps import AppConfig


class QwcConfig(AppConfig):
    name = "qwc"
