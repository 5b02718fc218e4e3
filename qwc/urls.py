"""Addresses for connecting a company."""

from django.urls import path

from qwc import views

urlpatterns = [
    # Before companies/<slug>/: no company gets the slug `new` (qwc/connect.py).
    path("companies/new/", views.new_company, name="new-company"),
    path("companies/<slug:slug>/connect/", views.connect_page, name="connect"),
    path("companies/<slug:slug>/tieout.qwc", views.download, name="download-qwc"),
    path("support/", views.support, name="support"),
]
