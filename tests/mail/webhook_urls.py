"""The addresses of an installation whose mail provider reports by webhook."""

from django.urls import include, path

import config.urls

urlpatterns = [*config.urls.urlpatterns, path("mail/webhooks/", include("anymail.urls"))]

handler400 = config.urls.handler400
