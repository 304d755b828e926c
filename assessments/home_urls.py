"""The address where everyone begins; its name stands alone, since sign-in leads to it."""

from django.urls import path

from .views import overview

urlpatterns = [path("", overview.home, name="home")]
