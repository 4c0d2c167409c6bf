"""The addresses of what a person sees of themselves."""

from django.urls import path

from .views import me

urlpatterns = [
    path("me/details/", me.my_details, name="my_details"),
    path("me/details/phones/", me.my_phone_add, name="my_phone_add"),
    path("me/details/phones/<int:pk>/remove/", me.my_phone_remove, name="my_phone_remove"),
    path("me/details/emails/<int:pk>/", me.my_email, name="my_email"),
    path("me/activity/", me.my_activity, name="my_activity"),
    path("me/consent/", me.my_consent, name="my_consent"),
    path("me/mails/", me.my_mails, name="my_mails"),
    path("me/card/", me.my_card, name="my_card"),
    path("me/export/", me.my_export, name="my_export"),
    path("me/delete/", me.my_deletion, name="my_deletion"),
    path("deleted/", me.deleted, name="deleted"),
    path("card/<str:token>/", me.card_check, name="card_check"),
]
