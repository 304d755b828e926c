"""Every door of the application; local pages exist in development only."""

from django.conf import settings
from django.urls import include, path

urlpatterns = [
    path("", include("assessments.home_urls")),
    path("", include("assessments.urls")),
    path("", include("applications.urls")),
    path("", include("metrics.urls")),
    path("", include("qmm_pilot.programs.urls")),
    path("", include("qmm_pilot.accounts.urls")),
    path("", include("qmm_pilot.records.urls")),
    path("accounts/", include("qmm_pilot.accounts.sign_in_urls")),
]

if settings.DEBUG:
    urlpatterns += [
        path("local/", include("qmm_pilot.records.local_urls")),
        path("local/", include("qmm_pilot.accounts.local_urls")),
        path("", include("qmm_pilot.uswds.urls")),
    ]
