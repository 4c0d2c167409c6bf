"""Addresses of races."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
