"""Addresses for connecting a company and keeping it connected."""

from django.urls import path

from qwc import console_actions, console_views, doctor_views, lint_views, log_views, set_up_views, settings_views, views

urlpatterns = [
    # Before companies/<slug>/: no company gets the slug `new` (qwc/connect.py).
    path("companies/new/", views.new_company, name="new-company"),
    path("companies/<slug:slug>/connect/", views.connect_page, name="connect"),
    path("companies/<slug:slug>/connect/steps/", set_up_views.steps, name="set-up-steps"),
    path("companies/<slug:slug>/connect/link/", set_up_views.make_link, name="make-set-up-link"),
    path("companies/<slug:slug>/connect/link/<int:link_id>/", set_up_views.revoke_link, name="revoke-set-up-link"),
    path("set-up/<str:token>/", set_up_views.public_page, name="set-up-link"),
    path("set-up/<str:token>/steps/", set_up_views.public_steps, name="set-up-link-steps"),
    path("set-up/<str:token>/tieout.qwc", set_up_views.public_download, name="set-up-link-qwc"),
    path("companies/<slug:slug>/tieout.qwc", views.download, name="download-qwc"),
    path("companies/<slug:slug>/connection/", settings_views.connection_settings_page, name="connection-settings"),
    path("companies/<slug:slug>/connection/plans/", settings_views.change_plans, name="change-plans"),
    path("companies/<slug:slug>/connection/accept-file/", settings_views.accept_file, name="accept-file"),
    path("companies/<slug:slug>/connection/release/", settings_views.release, name="release-connector"),
    path("companies/<slug:slug>/sync/", console_views.sync_console, name="sync-console"),
    path("companies/<slug:slug>/sync/now/", console_actions.sync_now, name="sync-now"),
    path("companies/<slug:slug>/sync/state/", console_views.console_state, name="console-state"),
    path("companies/<slug:slug>/sync/change/", console_actions.change_sync, name="change-sync"),
    path("companies/<slug:slug>/jobs/<int:job_id>/", console_views.job_page, name="job"),
    path("companies/<slug:slug>/jobs/<int:job_id>/cancel/", console_actions.cancel_job, name="cancel-job"),
    path("companies/<slug:slug>/jobs/<int:job_id>/settle/", console_actions.settle_job, name="settle-job"),
    path("support/", views.support, name="support"),
    path("tools/lint-qwc/", lint_views.lint_page, name="lint-qwc"),
    path("tools/qwclog/", log_views.log_page, name="qwclog"),
    path("support/mark/<str:token>/", doctor_views.mark, name="doctor-mark"),
    path("doctor/", doctor_views.doctor_page, name="doctor"),
]
