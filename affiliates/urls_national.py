"""The addresses of groups for national staff."""

from django.urls import path

from .views import national

urlpatterns = [
    path("national/groups/", national.national_groups, name="national_groups"),
    path("national/groups/<int:pk>/list/", national.national_group_list, name="national_group_list"),
]
