"""Addresses of what staff do with programs: rounds, rules, windows, the end."""

from django.urls import path

from .views import program_rules as rules
from .views import program_windows as windows
from .views import programs as pages

programs = [
    path("programs/new/", pages.round_new, name="round_new"),
    path("programs/new/<slug:key>/", pages.round_from_preset, name="round_from_preset"),
    path("programs/<uuid:pk>/manage/", pages.program_manage, name="program_manage"),
    path("programs/<uuid:pk>/clone/", pages.program_clone, name="program_clone"),
    path("programs/<uuid:pk>/end/", pages.program_end, name="program_end"),
    path("programs/<uuid:pk>/rules/", rules.program_rules, name="program_rules"),
    path("programs/<uuid:pk>/terms/", rules.program_terms, name="program_terms"),
    path("programs/<uuid:pk>/texts/", rules.program_texts, name="program_texts"),
    path("programs/<uuid:pk>/scoring/", rules.program_scoring, name="program_scoring"),
    path(
        "programs/<uuid:pk>/scoring/switch/",
        rules.program_scoring_switch,
        name="program_scoring_switch",
    ),
    path("programs/<uuid:pk>/topics/", rules.program_topics, name="program_topics"),
    path("programs/<uuid:pk>/milestones/", rules.program_offsets, name="program_offsets"),
    path(
        "programs/<uuid:pk>/criteria/<str:code>/", rules.program_criterion, name="program_criterion"
    ),
    path("programs/<uuid:pk>/window/open/", windows.window_open, name="window_open"),
    path("programs/<uuid:pk>/window/correct/", windows.opening_change, name="opening_change"),
    path(
        "programs/<uuid:pk>/late-admissions/new/",
        windows.late_admission_new,
        name="late_admission_new",
    ),
    path("late-admissions/<uuid:pk>/end/", windows.late_admission_end, name="late_admission_end"),
]
