"""Addresses of metrics; each deed is a POST under the submission that it changes."""

from django.urls import path

from . import designation_views, views

app_name = "metrics"
urlpatterns = [
    path(
        "metrics/<uuid:pk>/versions/<uuid:version_pk>/designate/",
        designation_views.designate,
        name="designate",
    ),
    path("metrics/", views.submission_list, name="submission_list"),
    path("metrics/<uuid:pk>/", views.submission, name="submission"),
    path("metrics/<uuid:pk>/enter/", views.enter, name="enter"),
    path("metrics/<uuid:pk>/submit/", views.submit, name="submit"),
    path("metrics/<uuid:pk>/accept/", views.accept, name="accept"),
    path("metrics/<uuid:pk>/versions/<uuid:version_pk>/", views.version, name="version"),
    path("metrics/<uuid:pk>/versions/<uuid:version_pk>/note/", views.note, name="note_correction"),
    path("metrics/<uuid:pk>/<slug:code>/accept/", views.accept, name="accept_metric"),
    path("metrics/<uuid:pk>/<slug:code>/query/", views.query, name="query_metric"),
    path("metrics/<uuid:pk>/<slug:code>/promise/", views.promise, name="promise_metric"),
    path("metrics/<uuid:pk>/<slug:code>/waive/", views.waive, name="waive_metric"),
]
