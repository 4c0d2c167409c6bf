"""The addresses of finding events, of the page of each, and of calendar feeds."""

from django.urls import path

from .views import feeds, finding

urlpatterns = [
    path("events/", finding.event_finder, name="event_finder"),
    path("events/calendar/", finding.event_month, name="event_month"),
    path("events/map/", finding.event_map, name="event_map"),
    path("events/map.svg", finding.event_map_image, name="event_map_image"),
    path("events/clusters.json", finding.event_clusters, name="event_clusters"),
    path("events/near.ics", feeds.near_calendar, name="near_calendar"),
    path("events/mine/", finding.my_events, name="my_events"),
    path("events/mine/calendar/", finding.my_calendar, name="my_calendar"),
    path("events/mine/<str:token>.ics", feeds.own_calendar, name="own_calendar"),
    path("events/<slug:slug>.ics", feeds.event_calendar, name="event_calendar"),
    path("events/<slug:slug>/", finding.event_page, name="event_page"),
    path("groups/<slug:slug>/events/", finding.events_of_group, name="events_of_group"),
    path("groups/<slug:slug>/events.ics", feeds.group_calendar, name="group_calendar"),
]
