"""The addresses of the staff's pages of people."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
