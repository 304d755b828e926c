"""Addresses of accounts."""

from django.urls import path

from . import factor_views, views

app_name = "accounts"
urlpatterns = [
    path("organization/new/", views.register_organization, name="register_organization"),
    path("profile/", views.profile, name="profile"),
    path("people/<uuid:pk>/second-step/reset/", factor_views.reset_factors, name="reset_factors"),
]
