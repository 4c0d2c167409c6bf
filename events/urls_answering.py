"""The addresses of answering an event."""

from django.urls import URLPattern, path

from .views import answering

ANSWER = "events/answers/<str:token>/"
LINE = "organize/events/<int:pk>/line/"

urlpatterns: list[URLPattern] = [
    path("events/answers/sent/", answering.answer_sent, name="answer_sent"),
    path("events/answers/forgotten/", answering.answer_forgotten, name="answer_forgotten"),
    path(ANSWER, answering.answer, name="answer"),
    path(f"{ANSWER}event.ics", answering.answer_calendar, name="answer_calendar"),
    path("events/<slug:slug>/answer/", answering.event_answer, name="event_answer"),
    path(LINE, answering.event_line, name="event_line"),
    path(f"{LINE}<int:answer>/let-in/", answering.event_let_in, name="event_let_in"),
]
