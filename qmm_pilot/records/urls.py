"""Addresses of records."""

from django.urls import path

from . import export_views, letter_views, statement_views, views

app_name = "records"
urlpatterns = [
    path("letters/<uuid:pk>/", letter_views.letter, name="letter"),
    path("letters/<uuid:pk>/resend/", letter_views.letter_resend, name="letter_resend"),
    path("letters/<uuid:pk>/bounce/", letter_views.letter_bounce, name="letter_bounce"),
    path("letters/<uuid:pk>/call/", letter_views.letter_call, name="letter_call"),
    path("letters/<uuid:pk>/tell/", letter_views.letter_tell, name="letter_tell"),
    path("statement-of-use/", statement_views.statement, name="statement"),
    path("statement-of-use/publish/", statement_views.statement_publish, name="statement_publish"),
    path("statement-of-use/<uuid:pk>/", statement_views.statement, name="statement_version"),
    path("trail/", views.trail, name="trail"),
    path("trail/verify/", views.verify, name="verify"),
    path("trail/entries/<slug:entry_hash>/", views.trail_entry, name="trail_entry"),
    path("trail/export/", export_views.export_trail, name="export_trail"),
    path("trail/exports/", export_views.export_list, name="export_list"),
    path("trail/exports/<uuid:pk>/", export_views.export_detail, name="export_detail"),
    path("trail/exports/<uuid:pk>/retry/", export_views.export_retry, name="export_retry"),
    path("trail/exports/<uuid:pk>/file/", export_views.export_download, name="export_download"),
]
