"""Addresses of seekers."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
