"""The addresses of joining and of sign-up forms."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
