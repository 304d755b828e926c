"""Local pages of the demonstration; included in development only."""

from django.urls import path

from . import local_views

urlpatterns = [
    path("mails/", local_views.local_mails, name="local_mails"),
    path("mails/<uuid:pk>/", local_views.local_mail, name="local_mail"),
    path("clock/", local_views.local_clock, name="local_clock"),
]
