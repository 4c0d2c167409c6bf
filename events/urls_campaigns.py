"""The addresses of campaigns, and of attendance of calls and events online."""

from django.urls import URLPattern, path

from affiliates.urls_calls import NATIONAL_CALLS

from .urls_standing import HOSTED
from .views import attendance_code, call_attendance, campaigns, national_campaigns
from .views.call_attendance import of_call, of_event

CAMPAIGN = "campaigns/<slug:slug>/"
NATIONAL_CAMPAIGNS = "national/campaigns/"
NATIONAL_CAMPAIGN = f"{NATIONAL_CAMPAIGNS}<int:pk>/"
NATIONAL_CALL = f"{NATIONAL_CALLS}<int:pk>/"

urlpatterns: list[URLPattern] = [
    path("campaigns/", campaigns.campaigns, name="campaigns"),
    path(CAMPAIGN, campaigns.campaign_page, name="campaign_page"),
    path(f"{CAMPAIGN}map.svg", campaigns.campaign_map_image, name="campaign_map_image"),
    path(f"{CAMPAIGN}kit/", campaigns.campaign_kit, name="campaign_kit"),
    path(NATIONAL_CAMPAIGNS, national_campaigns.national_campaigns, name="national_campaigns"),
    path(f"{NATIONAL_CAMPAIGNS}new/", national_campaigns.campaign_new, name="campaign_new"),
    path(NATIONAL_CAMPAIGN, national_campaigns.national_campaign, name="national_campaign"),
    path(f"{NATIONAL_CAMPAIGN}change/", national_campaigns.campaign_change, name="campaign_change"),
    path(f"{NATIONAL_CAMPAIGN}standing/", national_campaigns.campaign_standing, name="campaign_standing"),
    path(f"{NATIONAL_CAMPAIGN}follow-up/", national_campaigns.campaign_follow_up, name="campaign_follow_up"),
    path(f"{NATIONAL_CAMPAIGN}messages/new/", national_campaigns.host_message_new, name="host_message_new"),
    path(f"{NATIONAL_CAMPAIGN}messages/<int:message>/", national_campaigns.host_message, name="host_message"),
    path("events/code/", attendance_code.event_code, name="event_code"),
    path("events/code/sent/", attendance_code.event_code_sent, name="event_code_sent"),
    path("events/code/forgotten/", attendance_code.event_code_forgotten, name="event_code_forgotten"),
    path("events/code/<str:token>/", attendance_code.event_code_confirm, name="event_code_confirm"),
]

for _below, _door, _name in ((HOSTED, of_event, "event"), (NATIONAL_CALL, of_call, "call")):
    urlpatterns += [
        path(f"{_below}words/", _door(call_attendance.attendance_words), name=f"{_name}_words"),
        path(f"{_below}lists/", _door(call_attendance.attendance_list), name=f"{_name}_files"),
        path(f"{_below}lists/<int:file>/", _door(call_attendance.attendance_file), name=f"{_name}_file"),
        path(
            f"{_below}lists/<int:file>/<int:participant>/",
            _door(call_attendance.attendance_participant),
            name=f"{_name}_participant",
        ),
    ]
