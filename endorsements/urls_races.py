"""The addresses of races and candidates for staff, of a group's nominations, and of a candidate's questionnaire."""

from django.urls import URLPattern, path

from .views import national_candidates, national_questionnaires, national_races, nominations, questionnaire

NATIONAL_RACES = "national/races/"
NATIONAL_RACE = f"{NATIONAL_RACES}<int:pk>/"
NATIONAL_CANDIDATE = "national/candidates/<int:pk>/"
RESEARCH = f"{NATIONAL_CANDIDATE}research/<int:note>/"
QUESTIONNAIRES = "national/questionnaires/"
QUESTIONNAIRE_ANSWERS = "questionnaire/<str:token>/"
NOMINATIONS = "organize/groups/<slug:slug>/nominations/"

urlpatterns: list[URLPattern] = [
    path(NATIONAL_RACES, national_races.national_races, name="national_races"),
    path(f"{NATIONAL_RACES}new/", national_races.race_new, name="national_race_new"),
    path(NATIONAL_RACE, national_races.national_race, name="national_race"),
    path(f"{NATIONAL_RACE}change/", national_races.race_change, name="national_race_change"),
    path(f"{NATIONAL_RACE}area/", national_races.race_area, name="national_race_area"),
    path(f"{NATIONAL_RACE}confirm/", national_races.race_confirm, name="national_race_confirm"),
    path(f"{NATIONAL_RACE}fold/", national_races.race_fold, name="national_race_fold"),
    path(f"{NATIONAL_RACE}decline/", national_races.race_decline, name="national_race_decline"),
    path(f"{NATIONAL_RACE}candidates/new/", national_candidates.candidate_new, name="national_candidate_new"),
    path(NATIONAL_CANDIDATE, national_candidates.national_candidate, name="national_candidate"),
    path(f"{NATIONAL_CANDIDATE}change/", national_candidates.candidate_change, name="national_candidate_change"),
    path(f"{NATIONAL_CANDIDATE}confirm/", national_candidates.candidate_confirm, name="national_candidate_confirm"),
    path(f"{NATIONAL_CANDIDATE}decline/", national_candidates.candidate_decline, name="national_candidate_decline"),
    path(f"{NATIONAL_CANDIDATE}withdraw/", national_candidates.candidate_withdraw, name="national_candidate_withdraw"),
    path(f"{NATIONAL_CANDIDATE}result/", national_candidates.candidate_result, name="national_candidate_result"),
    path(f"{NATIONAL_CANDIDATE}research/", national_candidates.candidate_research, name="national_candidate_research"),
    path(f"{RESEARCH}file/", national_candidates.research_file, name="research_file"),
    path(f"{RESEARCH}remove/", national_candidates.research_remove, name="research_remove"),
    path(
        f"{NATIONAL_CANDIDATE}questionnaire/",
        national_questionnaires.candidate_questionnaire,
        name="national_candidate_questionnaire",
    ),
    path(QUESTIONNAIRES, national_questionnaires.questionnaires, name="questionnaires"),
    path(f"{QUESTIONNAIRES}<int:pk>/", national_questionnaires.questionnaire_version, name="questionnaire_version"),
    path(
        f"{QUESTIONNAIRES}<int:pk>/publish/",
        national_questionnaires.questionnaire_publish,
        name="questionnaire_publish",
    ),
    path(NOMINATIONS, nominations.group_nominations, name="group_nominations"),
    path(f"{NOMINATIONS}new/", nominations.nomination_new, name="nomination_new"),
    path(f"{NOMINATIONS}<int:pk>/withdraw/", nominations.nomination_withdraw, name="nomination_withdraw"),
    path(f"{NOMINATIONS}interests/", nominations.group_interests, name="group_interests"),
    path(f"{NOMINATIONS}interests/<int:pk>/end/", nominations.interest_end, name="interest_end"),
    path(QUESTIONNAIRE_ANSWERS, questionnaire.questionnaire_answers, name="questionnaire_answers"),
]
