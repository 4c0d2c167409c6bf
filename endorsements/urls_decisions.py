"""Addresses of decisions: what is endorsed, for the public, for groups and for staff."""

from django.urls import path

from .views import conflicts, decisions, endorsed, group_endorsements

GROUP_ENDORSEMENTS = "organize/groups/<slug:slug>/endorsements/"
NATIONAL_ENDORSEMENTS = "national/endorsements/"
CONFLICTS = f"{NATIONAL_ENDORSEMENTS}conflicts/"
NAMINGS = f"{NATIONAL_ENDORSEMENTS}namings/"
_ONE = f"{NATIONAL_ENDORSEMENTS}<int:pk>/"

urlpatterns = [
    path("endorsements/", endorsed.endorsements, name="endorsements"),
    path("endorsements/races/<slug:slug>/", endorsed.race_page, name="race_page"),
    path("endorsements/candidates/<slug:slug>/", endorsed.candidate_page, name="candidate_page"),
    path(GROUP_ENDORSEMENTS, group_endorsements.group_endorsements, name="group_endorsements"),
    path(f"{GROUP_ENDORSEMENTS}races/<slug:race>/", group_endorsements.group_endorse, name="group_endorse"),
    path(
        f"{GROUP_ENDORSEMENTS}<int:pk>/withdraw/",
        group_endorsements.group_endorsement_withdraw,
        name="group_endorsement_withdraw",
    ),
    path(NATIONAL_ENDORSEMENTS, decisions.national_endorsements, name="national_endorsements"),
    path(_ONE, decisions.national_endorsement, name="national_endorsement"),
    path(f"{_ONE}presence/", decisions.national_endorsement_presence, name="national_endorsement_presence"),
    path(f"{_ONE}approve/", decisions.national_endorsement_approve, name="national_endorsement_approve"),
    path(f"{_ONE}decline/", decisions.national_endorsement_decline, name="national_endorsement_decline"),
    path(f"{_ONE}withdraw/", decisions.national_endorsement_withdraw, name="national_endorsement_withdraw"),
    path(CONFLICTS, conflicts.national_conflicts, name="national_conflicts"),
    path(f"{CONFLICTS}<int:pk>/", conflicts.national_conflict, name="national_conflict"),
    path(NAMINGS, conflicts.national_namings, name="national_namings"),
    path(f"{NAMINGS}allow/<str:key>/", conflicts.naming_allow, name="naming_allow"),
    path(f"{NAMINGS}<int:pk>/end/", conflicts.naming_end, name="naming_end"),
]
