"""The style guide's address; included in development only."""

from django.urls import path

from . import views

urlpatterns = [path("styleguide/", views.styleguide, name="styleguide")]
