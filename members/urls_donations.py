"""The addresses of donations: the staff's, and those that the fundraising platform posts to."""

from django.urls import path

from .views import donations as views

urlpatterns = [
    path("national/donations/", views.donations, name="donations"),
    path("national/donations/add/", views.donation_add, name="donation_add"),
    path("national/donations/<int:pk>/refund/", views.donation_refund, name="donation_refund"),
    path("api/actblue/donations/", views.actblue_donations, name="actblue_donations"),
    path("api/actblue/refunds/", views.actblue_refunds, name="actblue_refunds"),
    path("api/actblue/cancellations/", views.actblue_cancellations, name="actblue_cancellations"),
]
