"""The addresses of the door."""

from django.urls import URLPattern, path

from .views import door, tickets

DOOR = "organize/events/<int:pk>/door/"

urlpatterns: list[URLPattern] = [
    path(DOOR, door.event_door, name="event_door"),
    path(f"{DOOR}press/", door.door_press, name="event_door_press"),
    path(f"{DOOR}walk-in/", door.door_walk_in, name="event_door_walk_in"),
    path(f"{DOOR}send/", door.door_send, name="event_door_send"),
    path(f"{DOOR}code/", door.event_door_code, name="event_door_code"),
    path(f"{DOOR}code.png", door.event_door_png, name="event_door_png"),
    path(f"{DOOR}paper/", door.event_door_paper, name="event_door_paper"),
    path(f"{DOOR}sheet/", door.event_door_sheet, name="event_door_sheet"),
    path("events/door/not-there/<str:token>/", tickets.not_there, name="not_there"),
    path("events/door/<str:code>/", tickets.door_code, name="door_code"),
    path("events/door/<str:code>/thanks/", tickets.door_thanks, name="door_thanks"),
    path("events/ticket/<str:token>/", tickets.event_ticket, name="event_ticket"),
]
