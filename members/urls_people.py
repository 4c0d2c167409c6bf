"""The addresses of the staff's pages of people."""

from django.urls import path

from .views import found_people, people, segments, tags

urlpatterns = [
    path("national/people/", people.people_search, name="people_search"),
    path("national/people/tag/", found_people.found_tag, name="found_tag"),
    path("national/people/export/", found_people.found_export, name="found_export"),
    path("national/people/<int:pk>/", people.person_page, name="person_page"),
    path("national/people/<int:pk>/notes/", people.person_note_add, name="person_note_add"),
    path("national/people/notes/<int:pk>/delete/", people.person_note_delete, name="person_note_delete"),
    path("national/people/<int:pk>/tags/", people.person_tag_put, name="person_tag_put"),
    path("national/people/<int:pk>/tags/<int:tag>/take-off/", people.person_tag_take, name="person_tag_take"),
    path("national/people/tags/", tags.tag_list, name="tag_list"),
    path("national/people/tags/<int:pk>/", tags.tag_page, name="tag_page"),
    path("national/people/tags/<int:pk>/delete/", tags.tag_delete, name="tag_delete"),
    path("national/people/segments/", segments.segment_list, name="segment_list"),
    path("national/people/segments/new/", segments.segment_add, name="segment_add"),
    path("national/people/segments/<int:pk>/", segments.segment_page, name="segment_page"),
    path("national/people/segments/<int:pk>/change/", segments.segment_change, name="segment_change"),
    path("national/people/segments/<int:pk>/delete/", segments.segment_delete, name="segment_delete"),
    path("national/people/segments/<int:pk>/tag/", found_people.segment_tag, name="segment_tag"),
    path("national/people/segments/<int:pk>/export/", found_people.segment_export, name="segment_export"),
]
