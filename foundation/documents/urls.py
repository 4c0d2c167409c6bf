"""The addresses of documents. Each is asked for on a page of the app above."""

from django.urls import path

from . import views

urlpatterns = [
    path("documents/<uuid:key>/", views.document_page, name="document"),
    path("documents/<uuid:key>/state/", views.document_state, name="document_state"),
    path("documents/<uuid:key>/file/", views.document_file, name="document_file"),
    path("documents/<uuid:key>/again/", views.document_again, name="document_again"),
]
