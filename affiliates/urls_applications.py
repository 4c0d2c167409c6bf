"""The addresses of the guide and of applications, for those who fill them in."""

from django.urls import path

from .views import application_questions, applications

APPLICATION = "groups/start/application/<int:pk>/"
# Each is one page with one form.
QUESTION_PAGES = ("who", "where", "abroad", "name", "neighbours", "issues", "actions", "priorities")

urlpatterns = [
    path("groups/start/", applications.guide, name="group_start"),
    path("groups/start/application/", applications.start, name="application_start"),
    path(APPLICATION, applications.status, name="application_status"),
    *(
        path(f"{APPLICATION}{key}/", application_questions.question, {"key": key}, name=f"application_{key}")
        for key in QUESTION_PAGES
    ),
    path(f"{APPLICATION}contacts/", application_questions.contacts, name="application_contacts"),
    path(f"{APPLICATION}contacts/done/", application_questions.contacts_done, name="application_contacts_done"),
    path(
        f"{APPLICATION}contacts/<int:invitation>/revoke/",
        application_questions.contact_revoke,
        name="application_contact_revoke",
    ),
    path(f"{APPLICATION}call/", application_questions.call, name="application_call"),
    path(f"{APPLICATION}agreement/", application_questions.agreement, name="application_agreement"),
    path(f"{APPLICATION}check/", applications.check, name="application_check"),
    path(f"{APPLICATION}filed/", applications.filed, name="application_filed"),
    path(f"{APPLICATION}withdraw/", applications.withdraw, name="application_withdraw"),
    path(f"{APPLICATION}link/", applications.mail_link, name="application_link"),
]
