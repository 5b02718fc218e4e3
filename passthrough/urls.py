"""Addresses of the pages about calls."""

from django.urls import path

from passthrough import views

urlpatterns = [
    path("companies/<slug:slug>/transactions/", views.transactions, name="transactions"),
    path("companies/<slug:slug>/transactions/<slug:transaction_id>/", views.transaction, name="transaction"),
    path("companies/<slug:slug>/transactions/<slug:transaction_id>/again/", views.run_again, name="run-again"),
]
