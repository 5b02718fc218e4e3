"""Every address of the server."""

from django.contrib import admin
from django.urls import include, path

from qbwc.views import web_connector
from qbwc_project.api import api
from qbwc_project.health import health, live, ready
from qbwc_project.prometheus import metrics

urlpatterns = [
    # Before the REST routes, and with the slash too: the Web Connector follows no redirect.
    path("api/qbwc", web_connector, name="web-connector"),
    path("api/qbwc/", web_connector),
    path("api/", api.urls),
    path("health", health, name="health"),
    path("health/live", live),
    path("health/ready", ready),
    path("metrics", metrics, name="prometheus"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("qwc.urls")),
    path("", include("passthrough.urls")),
    path("", include("metrics.urls")),
]
