from django.apps import AppConfig


class PlacesConfig(AppConfig):
    name = "foundation.places"
