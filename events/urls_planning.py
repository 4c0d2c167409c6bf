"""The addresses of writing events down and changing them."""

from django.urls import URLPattern, path

from .urls_standing import GROUP_EVENTS, HOSTED, NATIONAL_EVENTS
from .views import pictures, planning, series

urlpatterns: list[URLPattern] = [
    path(f"{GROUP_EVENTS}new/", planning.event_new, name="event_new"),
    path(f"{NATIONAL_EVENTS}new/", planning.national_event_new, name="national_event_new"),
    path(f"{HOSTED}edit/", planning.event_edit, name="event_edit"),
    path(f"{HOSTED}preview/", planning.event_preview, name="event_preview"),
    path(f"{HOSTED}clone/", planning.event_clone, name="event_clone"),
    path(f"{HOSTED}questions/", planning.event_questions, name="event_questions"),
    path(f"{HOSTED}picture/", pictures.event_picture, name="event_picture"),
    path(f"{HOSTED}series/", series.event_series, name="event_series"),
    path(f"{HOSTED}series/submit/", series.event_series_submit, name="event_series_submit"),
    path(f"{HOSTED}series/cancel/", series.event_series_cancel, name="event_series_cancel"),
    path("events/<slug:slug>/picture-<slug:digest>.webp", pictures.event_picture_file, name="event_picture_file"),
]
