"""The addresses of accounts, one's own page and the staff home."""

from allauth.account import views as allauth_views
from django.urls import include, path, re_path
from django.views.generic import RedirectView

from . import held_mails, views
from .even_answers import answers_evenly
from .fresh_sign_in import fresh_sign_in

urlpatterns = [
    path("language/", views.set_language, name="set_language"),
    path("me/", views.me, name="me"),
    path("national/", views.staff_home, name="staff_home"),
    path("national/mail/held/", held_mails.held_mails, name="held_mails"),
    path("national/mail/held/<int:pk>/", held_mails.held_mail_decide, name="held_mail_decide"),
    path("national/staff/", views.staff_rights, name="staff_rights"),
    path("national/staff/add/", views.staff_add, name="staff_add"),
    path("national/staff/<int:pk>/", views.staff_change, name="staff_change"),
    path("national/staff/<int:pk>/end/", views.staff_end, name="staff_end"),
    # What allauth offers and this site does not, or does in its own way; its names keep pointing there.
    path("accounts/login/", answers_evenly(allauth_views.login), name="account_login"),
    path("accounts/signup/", answers_evenly(allauth_views.signup), name="account_signup"),
    re_path(r"^accounts/password/", views.no_passwords),
    path("accounts/login/code/", RedirectView.as_view(pattern_name="account_login", query_string=True)),
    path("accounts/again/", fresh_sign_in, name="fresh_sign_in"),
    path("accounts/2fa/webauthn/keys/<int:pk>/remove/", views.RemovePasskeyView.as_view()),
    path("accounts/", include("allauth.urls")),
]
