"""The addresses of hosting events, and of the staff's queue."""

from django.urls import URLPattern, path

from .views import hosting, reviewing, standing

GROUP_EVENTS = "organize/groups/<slug:slug>/events/"
HOSTED = "organize/events/<int:pk>/"
NATIONAL_EVENTS = "national/events/"

urlpatterns: list[URLPattern] = [
    path(GROUP_EVENTS, hosting.group_events, name="group_events"),
    path(f"{GROUP_EVENTS}history/", hosting.group_events_history, name="group_events_history"),
    path(f"{GROUP_EVENTS}invitations/<int:pk>/", standing.cohost_invitation, name="cohost_invitation"),
    path(HOSTED, hosting.event_home, name="event_home"),
    path(f"{HOSTED}answers/", hosting.event_answers, name="event_answers"),
    path(f"{HOSTED}message/", hosting.event_message, name="event_message"),
    path(f"{HOSTED}report/", hosting.event_report, name="event_report"),
    path(f"{HOSTED}submit/", standing.event_submit, name="event_submit"),
    path(f"{HOSTED}cancel/", standing.event_cancel, name="event_cancel"),
    path(f"{HOSTED}hosts/", standing.event_hosts, name="event_hosts"),
    path(f"{HOSTED}hosts/ask/", standing.cohost_ask, name="cohost_ask"),
    path(f"{HOSTED}hosts/<int:cohost>/end/", standing.cohost_end, name="cohost_end"),
    path(NATIONAL_EVENTS, reviewing.national_events, name="national_events"),
    path(f"{NATIONAL_EVENTS}trusted/", reviewing.trusted_hosts, name="trusted_hosts"),
    path(f"{NATIONAL_EVENTS}trusted/<int:pk>/", reviewing.trusted_host, name="trusted_host"),
    path(f"{NATIONAL_EVENTS}<int:pk>/", reviewing.national_event, name="national_event"),
    path(f"{NATIONAL_EVENTS}<int:pk>/presence/", reviewing.national_event_presence, name="national_event_presence"),
    path(f"{NATIONAL_EVENTS}<int:pk>/approve/", reviewing.national_event_approve, name="national_event_approve"),
    path(f"{NATIONAL_EVENTS}<int:pk>/changes/", reviewing.national_event_changes, name="national_event_changes"),
    path(f"{NATIONAL_EVENTS}<int:pk>/decline/", reviewing.national_event_decline, name="national_event_decline"),
]
