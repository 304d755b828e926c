"""A local page of the demonstration about people; included in development only."""

from django.urls import path

from . import local_views

urlpatterns = [path("codes/", local_views.local_codes, name="local_codes")]
