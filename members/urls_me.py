"""The addresses of what a person sees of themselves."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
