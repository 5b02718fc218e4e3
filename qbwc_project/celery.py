"""The Celery application. With REDIS_URL its worker and beat are processes; without, embedded.py runs them."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "qbwc_project.settings")

app = Celery("tieout")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.set_default()  # for every thread: apps write @shared_task and must not import this module
