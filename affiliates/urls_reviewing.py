"""The addresses of the review: the staff's queues, applications, agreements to countersign, disputes about names."""

from django.urls import path

from .views import countersigning, disputes, reviewing

_ONE = "national/applications/<int:pk>/"
_AGREEMENT = "national/agreements/<str:reference>/"

urlpatterns = [
    path("national/applications/", reviewing.national_applications, name="national_applications"),
    path("national/applications/decided/", reviewing.national_decided, name="national_decided"),
    path(_ONE, reviewing.national_application, name="national_application"),
    path(f"{_ONE}presence/", reviewing.national_application_presence, name="national_application_presence"),
    path(f"{_ONE}approve/", reviewing.national_application_approve, name="national_application_approve"),
    path(f"{_ONE}assign/", reviewing.national_application_assign, name="national_application_assign"),
    path(f"{_ONE}notes/", reviewing.national_application_note, name="national_application_note"),
    path(f"{_ONE}changes/", reviewing.national_application_changes, name="national_application_changes"),
    path(f"{_ONE}decline/", reviewing.national_application_decline, name="national_application_decline"),
    path(f"{_ONE}waive/", reviewing.national_application_waive, name="national_application_waive"),
    path(f"{_ONE}dispute/", disputes.national_dispute_open, name="national_dispute_open"),
    path("national/agreements/", countersigning.national_agreements, name="national_agreements"),
    path(_AGREEMENT, countersigning.national_agreement, name="national_agreement"),
    path(f"{_AGREEMENT}decline/", countersigning.national_agreement_decline, name="national_agreement_decline"),
    path("national/disputes/", disputes.national_disputes, name="national_disputes"),
    path("national/disputes/<int:pk>/", disputes.national_dispute, name="national_dispute"),
    path("national/disputes/<int:pk>/settle/", disputes.national_dispute_settle, name="national_dispute_settle"),
    path("organize/groups/<slug:slug>/name-dispute/", disputes.group_name_dispute, name="group_name_dispute"),
]
