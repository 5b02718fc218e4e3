"""The addresses of scheduled mail."""

from django.urls import path

from metrics.scheduled_mail import views as mail_views

_MAIL = "companies/<slug:slug>/mail"

urlpatterns = [
    path(f"{_MAIL}/", mail_views.scheduled_mail_page, name="scheduled-mail"),
    path(f"{_MAIL}/new/", mail_views.new_schedule, name="new-mail-schedule"),
    path(f"{_MAIL}/<int:schedule_id>/", mail_views.edit_schedule, name="mail-schedule"),
    path(f"{_MAIL}/<int:schedule_id>/<slug:action>/", mail_views.schedule_action, name="mail-schedule-action"),
]
