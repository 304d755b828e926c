"""Addresses of programs."""

from django.urls import path

from . import views

app_name = "programs"
urlpatterns = [
    path("programs/", views.program_list, name="program_list"),
    path("programs/<uuid:pk>/", views.program_detail, name="program_detail"),
    path("programs/<uuid:pk>/agreements/new/", views.agreement_new, name="agreement_new"),
]
