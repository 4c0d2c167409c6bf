"""The addresses of donations: the staff's, and the one that the fundraising platform posts to."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
