"""Addresses of records."""

from django.urls import path

from . import views

app_name = "records"
urlpatterns = [
    path("trail/", views.trail, name="trail"),
    path("trail/verify/", views.verify, name="verify"),
]
