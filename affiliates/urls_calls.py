"""The addresses of calls, of regions, and of the fundraising guide."""

from django.urls import URLPattern, path

from .views import calls, fundraising, group_calls, national_calls, regions

GROUP_CALLS, NATIONAL_CALLS = "organize/groups/<slug:slug>/calls/", "national/calls/"

urlpatterns: list[URLPattern] = [
    path("groups/start/calls/", calls.organizing_calls, name="organizing_calls"),
    path("groups/start/calls/<int:pk>/answer/", calls.call_answer, name="call_answer"),
    path("groups/start/calls/<int:pk>/cancel/", calls.call_answer_cancel, name="call_answer_cancel"),
    path("groups/start/calls/<int:pk>/call.ics", calls.call_calendar, name="call_calendar"),
    path(GROUP_CALLS, group_calls.group_calls, name="group_calls"),
    path(f"{GROUP_CALLS}<int:pk>/ask/", group_calls.agenda_ask, name="agenda_ask"),
    path(f"{GROUP_CALLS}<int:pk>/answer/", group_calls.group_call_answer, name="group_call_answer"),
    path(f"{GROUP_CALLS}<int:pk>/cancel/", group_calls.group_call_answer_cancel, name="group_call_answer_cancel"),
    path(f"{GROUP_CALLS}<int:pk>/call.ics", group_calls.group_call_calendar, name="group_call_calendar"),
    path(f"{GROUP_CALLS}questions/<int:pk>/delete/", group_calls.agenda_take_back, name="agenda_take_back"),
    path(NATIONAL_CALLS, national_calls.national_calls, name="national_calls"),
    path(f"{NATIONAL_CALLS}new/", national_calls.call_new, name="call_new"),
    path(f"{NATIONAL_CALLS}<int:pk>/", national_calls.national_call, name="national_call"),
    path(f"{NATIONAL_CALLS}<int:pk>/change/", national_calls.call_change, name="call_change"),
    path(f"{NATIONAL_CALLS}<int:pk>/cancel/", national_calls.call_cancel, name="call_cancel"),
    path(f"{NATIONAL_CALLS}<int:pk>/mark/", national_calls.call_mark, name="call_mark"),
    path(f"{NATIONAL_CALLS}<int:pk>/add/", national_calls.call_add_attendee, name="call_add_attendee"),
    path(f"{NATIONAL_CALLS}<int:pk>/follow-ups/", national_calls.follow_up_add, name="follow_up_add"),
    path(f"{NATIONAL_CALLS}<int:pk>/send-answers/", national_calls.call_send_answers, name="call_send_answers"),
    path(f"{NATIONAL_CALLS}questions/<int:pk>/", national_calls.agenda_answer, name="agenda_answer"),
    path(f"{NATIONAL_CALLS}follow-ups/<int:pk>/", national_calls.follow_up_mark, name="follow_up_mark"),
    path("national/regions/", regions.national_regions, name="national_regions"),
    path("national/regions/new/", regions.region_new, name="region_new"),
    path("national/regions/<slug:slug>/", regions.region, name="region"),
    path("national/regions/<slug:slug>/next-call/", regions.region_call_new, name="region_call_new"),
    path("fundraising/", fundraising.fundraising_guide, name="fundraising_guide"),
    path("fundraising/<slug:state>/", fundraising.fundraising_state, name="fundraising_state"),
    path("national/fundraising/", fundraising.national_fundraising, name="national_fundraising"),
    path("national/fundraising/<slug:state>/", fundraising.fundraising_change, name="fundraising_change"),
]
