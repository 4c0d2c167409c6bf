"""Addresses about mail. The outbox page exists in local runs only; the webhooks only where they have a secret."""

from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path

from . import outbox_page, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("mail/unsubscribe/<str:token>/", views.unsubscribe_page, name="mail_unsubscribe")
]

if settings.DEBUG:
    urlpatterns += outbox_page.urlpatterns

# Without a secret anybody could report bounces and silence anybody's mail.
if getattr(settings, "ANYMAIL", {}).get("WEBHOOK_SECRET"):
    urlpatterns += [path("mail/webhooks/", include("anymail.urls"))]
