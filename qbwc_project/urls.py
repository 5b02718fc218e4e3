"""Every address of the server."""

from django.contrib import admin
from django.urls import include, path, re_path

from qbwc.views import web_connector
from qbwc_project.api import api
from qbwc_project.health import health, live, ready
from qbwc_project.lab_views import lab_page, lab_state
from qbwc_project.prometheus import metrics
from qbwc_project.wrong_addresses import unknown_address, with_json_refusals

api_addresses, api_name, api_namespace = api.urls

urlpatterns = [
    # Before the REST routes, and with the slash too: the Web Connector follows no redirect.
    path("api/qbwc", web_connector, name="web-connector"),
    path("api/qbwc/", web_connector),
    path("api/", unknown_address),  # the framework has a root of its own there, which only serves to be named
    path("api/", (with_json_refusals(api_addresses), api_name, api_namespace)),
    re_path(r"^api(?:/|$)", unknown_address),
    path("health", health, name="health"),
    path("health/live", live),
    path("health/ready", ready),
    path("metrics", metrics, name="prometheus"),
    path("lab/", lab_page, name="lab"),
    path("lab/state/", lab_state, name="lab-state"),
    path("admin/", admin.site.urls),
    path("", include("accounts.urls")),
    path("", include("qwc.urls")),
    path("", include("passthrough.urls")),
    path("", include("alerts.urls")),
    path("", include("metrics.urls")),
]
