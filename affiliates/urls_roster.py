"""The addresses of a group's roster and of its messages, for its organizers."""

from django.urls import URLPattern, path

from .views import roster, roster_messages

ROSTER, MESSAGES = "organize/groups/<slug:slug>/people/", "organize/groups/<slug:slug>/messages/"
PERSON = f"{ROSTER}<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(ROSTER, roster.group_roster, name="group_roster"),
    path(f"{ROSTER}export/", roster.roster_export, name="roster_export"),
    path(f"{ROSTER}invite/", roster.roster_invite, name="roster_invite"),
    path(PERSON, roster.roster_person, name="roster_person"),
    path(f"{PERSON}tags/", roster.roster_tag_put, name="roster_tag_put"),
    path(f"{PERSON}tags/<int:tag>/take-off/", roster.roster_tag_take, name="roster_tag_take"),
    path(f"{PERSON}notes/", roster.roster_note_add, name="roster_note_add"),
    path(f"{PERSON}notes/<int:note>/delete/", roster.roster_note_delete, name="roster_note_delete"),
    path(f"{PERSON}remove/", roster.roster_remove, name="roster_remove"),
    path(MESSAGES, roster_messages.group_messages, name="group_messages"),
    path(f"{MESSAGES}new/", roster_messages.group_message_new, name="group_message_new"),
    path(f"{MESSAGES}<int:pk>/", roster_messages.group_message, name="group_message"),
]
