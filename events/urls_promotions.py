"""Addresses of promotions: of those who ask for them, and of the staff's queue."""

from django.urls import URLPattern, path

from .urls_standing import HOSTED
from .views import promotion_review as review
from .views import promotions

GROUP_PROMOTIONS = "organize/groups/<slug:slug>/promotions/"
PROMOTION = f"{HOSTED}promotion/"
NATIONAL_PROMOTIONS = "national/promotions/"
NATIONAL_PROMOTION = f"{NATIONAL_PROMOTIONS}<int:pk>/"

urlpatterns: list[URLPattern] = [
    path(GROUP_PROMOTIONS, promotions.group_promotions, name="group_promotions"),
    path(PROMOTION, promotions.event_promotion, name="event_promotion"),
    path(f"{PROMOTION}estimate/", promotions.event_promotion_estimate, name="event_promotion_estimate"),
    path(f"{PROMOTION}check/", promotions.event_promotion_check, name="event_promotion_check"),
    path(f"{PROMOTION}check/<str:language>/", promotions.event_promotion_draft, name="event_promotion_draft"),
    path(f"{PROMOTION}mail/<str:language>/", promotions.event_promotion_mail, name="event_promotion_mail"),
    path(f"{PROMOTION}progress/", promotions.event_promotion_progress, name="event_promotion_progress"),
    path(f"{PROMOTION}cancel/", promotions.event_promotion_cancel, name="event_promotion_cancel"),
    path(NATIONAL_PROMOTIONS, review.national_promotions, name="national_promotions"),
    path(NATIONAL_PROMOTION, review.national_promotion, name="national_promotion"),
    path(f"{NATIONAL_PROMOTION}presence/", review.national_promotion_presence, name="national_promotion_presence"),
    path(f"{NATIONAL_PROMOTION}progress/", review.national_promotion_progress, name="national_promotion_progress"),
    path(f"{NATIONAL_PROMOTION}mail/<str:language>/", review.national_promotion_mail, name="national_promotion_mail"),
    path(f"{NATIONAL_PROMOTION}approve/", review.national_promotion_approve, name="national_promotion_approve"),
    path(f"{NATIONAL_PROMOTION}time/", review.national_promotion_time, name="national_promotion_time"),
    path(f"{NATIONAL_PROMOTION}changes/", review.national_promotion_changes, name="national_promotion_changes"),
    path(f"{NATIONAL_PROMOTION}decline/", review.national_promotion_decline, name="national_promotion_decline"),
    path(f"{NATIONAL_PROMOTION}pause/", review.national_promotion_pause, name="national_promotion_pause"),
    path(f"{NATIONAL_PROMOTION}resume/", review.national_promotion_resume, name="national_promotion_resume"),
    path(f"{NATIONAL_PROMOTION}cancel/", review.national_promotion_cancel, name="national_promotion_cancel"),
]
