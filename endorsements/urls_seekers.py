"""Addresses of running for office."""

from django.urls import path

from .views import national_seekers, seekers

GROUP_REFERRALS = "organize/groups/<slug:slug>/referrals/"
NATIONAL_RUN = "national/run/"

urlpatterns = [
    path("run/", seekers.run, name="run"),
    path("run/sent/", seekers.run_sent, name="run_sent"),
    path("run/forgotten/", seekers.run_forgotten, name="run_forgotten"),
    path("run/answers/<str:token>/", seekers.run_confirm, name="run_confirm"),
    path("me/run/", seekers.my_run, name="my_run"),
    path("me/run/<int:pk>/", seekers.my_run_change, name="my_run_change"),
    path(GROUP_REFERRALS, seekers.group_referrals, name="group_referrals"),
    path(NATIONAL_RUN, national_seekers.national_run, name="national_run"),
    path(f"{NATIONAL_RUN}states/", national_seekers.national_run_states, name="national_run_states"),
    path(f"{NATIONAL_RUN}map.svg", national_seekers.national_run_map, name="national_run_map"),
    path(f"{NATIONAL_RUN}<int:pk>/", national_seekers.national_seeker, name="national_seeker"),
]
