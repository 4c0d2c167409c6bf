from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AffiliatesConfig(AppConfig):
    name = "affiliates"

    def ready(self) -> None:
        from foundation.accounts.models import StaffTask
        from foundation.accounts.panels import register_panel, register_staff_page
        from foundation.documents.kinds import register_document
        from foundation.imports.importers import register_importer
        from foundation.mail.unsubscribe import register_scope
        from foundation.web.sweeps import register_sweep
        from members.people_filters import register_people_filter

        from .emails.joining import describe_group_scope
        from .group_import import GroupImporter
        from .jobs import forget_expired_sign_ups, introduce_new_groups, tell_waiting_watchers
        from .own_data import register_own_data
        from .panels import organizer_panel
        from .posters import POSTER, back_from_poster, build_poster, may_open_poster
        from .roster_search import RosterFilter

        register_sweep("groups: tell those who wait for one", tell_waiting_watchers, every_seconds=60)
        register_sweep("groups: introduce the new ones", introduce_new_groups, every_seconds=60)
        register_sweep("sign-ups: forget what nobody confirmed", forget_expired_sign_ups, every_seconds=3600)
        register_scope("group", describe_group_scope)
        register_importer(GroupImporter())
        register_document(
            POSTER,
            build_poster,
            title=_("Poster of a sign-up form"),
            file_name="poster",
            may_open=may_open_poster,
            back=back_from_poster,
        )
        register_people_filter(RosterFilter())
        register_own_data()
        register_panel("organizer", 5, organizer_panel)
        register_staff_page(_("Groups"), "national_groups", StaffTask.AGREEMENTS, _("All groups, listed or not."))
        register_staff_page(
            _("Sign-up forms"), "national_forms", StaffTask.PEOPLE, _("Forms of the network itself, and who signed up.")
        )
