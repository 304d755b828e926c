"""Addresses of accounts."""

from django.urls import path

from . import views

app_name = "accounts"
urlpatterns = [
    path("organization/new/", views.register_organization, name="register_organization"),
    path("profile/", views.profile, name="profile"),
]
