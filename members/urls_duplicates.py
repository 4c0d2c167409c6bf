"""The addresses of the staff's pages of duplicates and merges."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
