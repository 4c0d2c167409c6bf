"""The addresses of polls: staff's, the groups' ballots, the members' votes, the public page."""

from django.urls import URLPattern, path

from .views import ballots, member_votes, poll_pages, polls

NATIONAL_POLLS = "national/polls/"
NATIONAL_POLL = f"{NATIONAL_POLLS}<int:pk>/"
GROUP_POLLS = "organize/groups/<slug:slug>/polls/"
GROUP_POLL = f"{GROUP_POLLS}<slug:poll>/"
POLL = "endorsements/polls/<slug:slug>/"
MEMBER_VOTE = "endorsements/votes/<str:token>/"

urlpatterns: list[URLPattern] = [
    path(NATIONAL_POLLS, polls.national_polls, name="national_polls"),
    path(f"{NATIONAL_POLLS}new/", polls.national_poll_new, name="national_poll_new"),
    path(NATIONAL_POLL, polls.national_poll, name="national_poll"),
    path(f"{NATIONAL_POLL}board/", polls.national_poll_board, name="national_poll_board"),
    path(f"{NATIONAL_POLL}map.svg", polls.national_poll_map, name="national_poll_map"),
    path(f"{NATIONAL_POLL}change/", polls.national_poll_change, name="national_poll_change"),
    path(f"{NATIONAL_POLL}drop/", polls.national_poll_drop, name="national_poll_drop"),
    path(f"{NATIONAL_POLL}open/", polls.national_poll_open, name="national_poll_open"),
    path(f"{NATIONAL_POLL}extend/", polls.national_poll_extend, name="national_poll_extend"),
    path(f"{NATIONAL_POLL}remind/", polls.national_poll_remind, name="national_poll_remind"),
    path(f"{NATIONAL_POLL}void/", polls.national_poll_void, name="national_poll_void"),
    path(f"{NATIONAL_POLL}ballots/", polls.national_poll_ballots, name="national_poll_ballots"),
    path(f"{NATIONAL_POLL}ballots/<int:number>/strike/", polls.national_poll_strike, name="national_poll_strike"),
    path(f"{NATIONAL_POLL}strikes/<int:strike>/", polls.national_poll_strike_answer, name="national_strike_answer"),
    path(GROUP_POLLS, ballots.group_polls, name="group_polls"),
    path(GROUP_POLL, ballots.group_ballot, name="group_poll"),
    path(f"{GROUP_POLL}change/", ballots.group_ballot_change, name="group_poll_change"),
    path(f"{GROUP_POLL}members/", ballots.group_member_vote, name="group_member_vote"),
    path(f"{GROUP_POLL}members/end/", ballots.group_member_vote_end, name="group_member_vote_end"),
    path("endorsements/polls/recount.py", poll_pages.poll_recount, name="poll_recount"),
    path(POLL, poll_pages.poll_page, name="poll_page"),
    path(f"{POLL}export.json", poll_pages.poll_export_json, name="poll_export_json"),
    path(f"{POLL}export.csv", poll_pages.poll_export_csv, name="poll_export_csv"),
    path(MEMBER_VOTE, member_votes.member_vote, name="member_vote"),
]
