"""The addresses of the pages with figures."""

from django.urls import path

from metrics import views

urlpatterns = [
    path("", views.home, name="home"),
    path("companies/<slug:slug>/", views.dashboard, name="dashboard"),
]
