"""The addresses of groups."""

from django.urls import path

from . import map_views
from .views import finder, groups

urlpatterns = [
    path("", finder.home, name="home"),
    path("groups/", finder.finder, name="group_finder"),
    path("groups/map/", map_views.group_map, name="group_map"),
    path("groups/map.svg", map_views.group_map_image, name="group_map_image"),
    path("groups/clusters.json", map_views.group_clusters, name="group_clusters"),
    path("groups/tell-me/", groups.watch, name="watch"),
    path("groups/tell-me/sent/", groups.watch_sent, name="watch_sent"),
    path("groups/tell-me/forgotten/", groups.watch_forgotten, name="watch_forgotten"),
    path("groups/tell-me/<str:token>/", groups.watch_confirm, name="watch_confirm"),
    path("groups/<slug:slug>/", groups.group_page, name="group_page"),
    path("groups/<slug:slug>/contact/", groups.group_contact, name="group_contact"),
]
