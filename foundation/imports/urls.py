"""The addresses of imports. All of them are for staff."""

from django.urls import path

from . import views

urlpatterns = [
    path("national/imports/", views.import_list, name="import_list"),
    path("national/imports/new/<slug:kind>/", views.import_start, name="import_start"),
    path("national/imports/<int:pk>/", views.import_job, name="import_job"),
    path("national/imports/<int:pk>/columns/", views.import_mapping, name="import_mapping"),
    path("national/imports/<int:pk>/errors.csv", views.import_errors, name="import_errors"),
    path("national/imports/<int:pk>/progress/", views.import_progress, name="import_progress"),
    path("national/imports/<int:pk>/confirm/", views.import_confirm, name="import_confirm"),
    path("national/imports/<int:pk>/stop/", views.import_stop, name="import_stop"),
    path("national/imports/<int:pk>/resume/", views.import_resume, name="import_resume"),
]
