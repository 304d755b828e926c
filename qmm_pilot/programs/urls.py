"""Addresses of programs and of the contractors' agreements for them."""

from django.urls import path

from . import agreement_views as agreements
from . import views

app_name = "programs"
urlpatterns = [
    path("programs/", views.program_list, name="program_list"),
    path("programs/<uuid:pk>/", views.program_detail, name="program_detail"),
    path("programs/<uuid:pk>/agreements/new/", agreements.agreement_new, name="agreement_new"),
    path("agreements/", agreements.agreement_list, name="agreement_list"),
    path("agreements/<uuid:pk>/", agreements.agreement_detail, name="agreement_detail"),
    path(
        "agreements/<uuid:pk>/document/",
        agreements.agreement_document,
        name="agreement_document",
    ),
    path(
        "agreements/<uuid:pk>/file-document/",
        agreements.agreement_file_document,
        name="agreement_file_document",
    ),
    path(
        "agreements/<uuid:pk>/subcontractors/approve/",
        agreements.subcontractor_approve,
        name="subcontractor_approve",
    ),
    path(
        "subcontractors/<uuid:pk>/revoke/",
        agreements.subcontractor_revoke,
        name="subcontractor_revoke",
    ),
]
