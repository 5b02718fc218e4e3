"""Addresses of the alerts."""

from django.urls import path

from alerts import settings_views, views

urlpatterns = [
    path("companies/<slug:slug>/alerts/", views.alerts_page, name="alerts"),
    path("companies/<slug:slug>/alerts/settings/", settings_views.alert_settings, name="alert-settings"),
    path("companies/<slug:slug>/alerts/settings/secret/", settings_views.show_secret, name="alert-secret"),
    path("companies/<slug:slug>/alerts/settings/secret/new/", settings_views.new_secret, name="new-alert-secret"),
    path(
        "companies/<slug:slug>/alerts/settings/<int:recipient_id>/",
        settings_views.change_recipient,
        name="change-alert-recipient",
    ),
    path("companies/<slug:slug>/alerts/messages/<int:message_id>/again/", views.send_again, name="send-alert-again"),
    path("alerts/stop/<str:token>/", views.stop, name="stop-alerts"),
]
