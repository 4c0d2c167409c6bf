"""Every public address. Each app lists its own below its prefix."""

from django.contrib import admin
from django.urls import include, path

from foundation.web import health

urlpatterns = [
    path("health/live", health.live, name="health_live"),
    path("health/ready", health.ready, name="health_ready"),
    path("admin/", admin.site.urls),
    path("", include("foundation.accounts.urls")),
    path("", include("foundation.mail.urls")),
    path("", include("foundation.imports.urls")),
    path("", include("foundation.documents.urls")),
    path("", include("members.urls_me")),
    path("", include("members.urls_donations")),
    path("", include("members.urls_people")),
    path("", include("members.urls_duplicates")),
    path("", include("events.urls_planning")),
    path("", include("events.urls_standing")),
    path("", include("events.urls_answering")),
    path("", include("events.urls_door")),
    path("", include("events.urls_campaigns")),
    path("", include("events.urls_finding")),
    path("", include("events.urls_promotions")),
    path("", include("endorsements.urls_races")),
    path("", include("endorsements.urls_polls")),
    path("", include("endorsements.urls_decisions")),
    path("", include("endorsements.urls_seekers")),
    path("", include("affiliates.urls_reviewing")),
    path("", include("affiliates.urls_in_force")),
    path("", include("affiliates.urls_calls")),
    path("", include("affiliates.urls_applications")),
    path("", include("affiliates.urls_joining")),
    path("", include("affiliates.urls_agreements")),
    path("", include("affiliates.urls_roster")),
    path("", include("affiliates.urls")),
    path("", include("affiliates.urls_national")),
]

handler400 = "foundation.web.errors.bad_request"
handler403 = "foundation.web.errors.forbidden"
handler404 = "foundation.web.errors.not_found"
handler500 = "foundation.web.errors.server_error"
