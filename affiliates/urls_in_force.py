"""The addresses of a group's own house, and of what staff do about groups in force."""

from django.urls import path

from .views import invitations, national_rounds, own_group

GROUP = "organize/groups/<slug:slug>/"
NATIONAL_GROUP = "national/groups/<int:pk>/"
ROUNDS = "national/rounds/"

urlpatterns = [
    path("invitations/<str:token>/", invitations.invitation, name="invitation"),
    path("organize/", own_group.organize, name="organize"),
    path(GROUP, own_group.dashboard, name="group_dashboard"),
    path(f"{GROUP}page/", own_group.page_edit, name="group_page_edit"),
    path(f"{GROUP}roles/", own_group.role_list, name="group_roles"),
    path(f"{GROUP}roles/<int:pk>/end/", own_group.role_end, name="group_role_end"),
    path(f"{GROUP}invitations/<int:pk>/revoke/", own_group.invitation_revoke, name="group_invitation_revoke"),
    path(f"{GROUP}logo/", own_group.logo, name="group_logo"),
    path(f"{GROUP}end/", own_group.end, name="group_end"),
    path(f"{GROUP}return/", own_group.return_, name="group_return"),
    path(NATIONAL_GROUP, national_rounds.national_group, name="national_group"),
    path(f"{NATIONAL_GROUP}end/", national_rounds.national_group_end, name="national_group_end"),
    path(ROUNDS, national_rounds.round_list, name="national_rounds"),
    path(f"{ROUNDS}<int:pk>/", national_rounds.round_board, name="national_round"),
    path(f"{ROUNDS}<int:pk>/close/", national_rounds.round_close, name="national_round_close"),
]
