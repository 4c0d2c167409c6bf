"""The addresses of the staff's pages of duplicates and merges."""

from django.urls import path

from .views import duplicates

urlpatterns = [
    path("national/people/duplicates/", duplicates.duplicates, name="duplicates"),
    path("national/people/duplicates/<int:pk>/", duplicates.duplicate, name="duplicate"),
    path("national/people/merges/", duplicates.merges, name="merges"),
    path("national/people/merges/<int:pk>/undo/", duplicates.merge_undo, name="merge_undo"),
]
