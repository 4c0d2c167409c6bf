"""The addresses of joining and of sign-up forms."""

from django.urls import URLPattern, path

from .views import joining, sign_up_forms

# The pages of one form. A group's are for its organizers, the network's own for staff.
_FORM_PAGES = [
    ("", sign_up_forms.form_results, "form_results"),
    ("edit/", sign_up_forms.form_edit, "form_edit"),
    ("questions/", sign_up_forms.form_questions, "form_questions"),
    ("preview/", sign_up_forms.form_preview, "form_preview"),
    ("share/", sign_up_forms.form_share, "form_share"),
    ("open/", sign_up_forms.form_open, "form_open"),
]
GROUP_FORMS, NATIONAL_FORMS = "organize/groups/<slug:slug>/forms/", "national/forms/"

urlpatterns: list[URLPattern] = [
    path("join/", joining.join, name="join"),
    path("join/sent/", joining.sign_up_sent, name="sign_up_sent"),
    path("join/forgotten/", joining.sign_up_forgotten, name="sign_up_forgotten"),
    path("join/<str:token>/", joining.sign_up_confirm, name="sign_up_confirm"),
    path("groups/<slug:slug>/join/", joining.group_join, name="group_join"),
    path("forms/<slug:slug>/", joining.form_page, name="form_page"),
    path("forms/<slug:slug>/embed/", joining.form_embed, name="form_embed"),
    path(GROUP_FORMS, sign_up_forms.form_list, name="group_forms"),
    path(f"{GROUP_FORMS}new/", sign_up_forms.form_new, name="group_form_new"),
    *(path(f"{GROUP_FORMS}<slug:form>/{tail}", view, name=f"group_{name}") for tail, view, name in _FORM_PAGES),
    path(NATIONAL_FORMS, sign_up_forms.form_list, name="national_forms"),
    path(f"{NATIONAL_FORMS}new/", sign_up_forms.form_new, name="national_form_new"),
    *(path(f"{NATIONAL_FORMS}<slug:form>/{tail}", view, name=f"national_{name}") for tail, view, name in _FORM_PAGES),
]
