"""Addresses for connecting a company and keeping it connected."""

from django.urls import path

from qwc import console_views, doctor_views, lint_views, log_views, settings_views, views

urlpatterns = [
    # Before companies/<slug>/: no company gets the slug `new` (qwc/connect.py).
    path("companies/new/", views.new_company, name="new-company"),
    path("companies/<slug:slug>/connect/", views.connect_page, name="connect"),
    path("companies/<slug:slug>/tieout.qwc", views.download, name="download-qwc"),
    path("companies/<slug:slug>/connection/", settings_views.connection_settings_page, name="connection-settings"),
    path("companies/<slug:slug>/connection/accept-file/", settings_views.accept_file, name="accept-file"),
    path("companies/<slug:slug>/connection/release/", settings_views.release, name="release-connector"),
    path("companies/<slug:slug>/sync/", console_views.sync_console, name="sync-console"),
    path("companies/<slug:slug>/sync/now/", console_views.sync_now, name="sync-now"),
    path("companies/<slug:slug>/jobs/<int:job_id>/", console_views.job_page, name="job"),
    path("companies/<slug:slug>/jobs/<int:job_id>/cancel/", console_views.cancel_job, name="cancel-job"),
    path("companies/<slug:slug>/jobs/<int:job_id>/settle/", console_views.settle_job, name="settle-job"),
    path("support/", views.support, name="support"),
    path("tools/lint-qwc/", lint_views.lint_page, name="lint-qwc"),
    path("tools/qwclog/", log_views.log_page, name="qwclog"),
    path("support/mark/<str:token>/", doctor_views.mark, name="doctor-mark"),
    path("doctor/", doctor_views.doctor_page, name="doctor"),
]
