from django.apps import AppConfig
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _


class AffiliatesConfig(AppConfig):
    name = "affiliates"

    def ready(self) -> None:
        from foundation.accounts.panels import register_panel
        from foundation.imports.importers import register_importer
        from foundation.mail.unsubscribe import register_scope
        from members.people_filters import register_people_filter

        from . import roster_messages  # noqa: F401  # it hears of the end of an agreement
        from .dashboard import register_own_dashboard
        from .emails.joining import describe_group_scope
        from .group_import import GroupImporter
        from .own_data import register_own_data
        from .panels import applications_panel, organizer_panel
        from .roster_search import RosterFilter

        register_scope("group", describe_group_scope)
        register_importer(GroupImporter())
        register_people_filter(RosterFilter())
        register_own_data()
        register_own_dashboard()
        register_panel("applications", 4, applications_panel)
        register_panel("organizer", 5, organizer_panel)
        _register_sweeps()
        _register_documents()
        _register_staff_pages()


def _register_sweeps() -> None:
    from foundation.web.sweeps import register_sweep

    from . import jobs
    from .agreements import jobs as agreement_jobs

    register_sweep("groups: tell those who wait for one", jobs.tell_waiting_watchers, every_seconds=60)
    register_sweep("groups: introduce the new ones", jobs.introduce_new_groups, every_seconds=60)
    register_sweep("sign-ups: forget what nobody confirmed", jobs.forget_expired_sign_ups, every_seconds=3600)
    register_sweep("agreements: draw and seal what waits", agreement_jobs.ring_for_waiting, every_seconds=30)
    register_sweep("agreements: expire what nobody signed", agreement_jobs.expire_late, every_seconds=600)
    register_sweep("agreements: remind to sign", agreement_jobs.remind_late, every_seconds=600)
    register_sweep("calls: remind those who signed up", jobs.remind_of_calls, every_seconds=60)
    register_sweep("calls: tell the groups of a region", jobs.announce_regional_calls, every_seconds=300)
    register_sweep("roster: queue what is left of messages", jobs.queue_waiting_messages, every_seconds=30)
    register_sweep("applications: remind of idle drafts", jobs.remind_of_applications, every_seconds=3600)
    register_sweep("applications: delete idle drafts", jobs.delete_idle_applications, every_seconds=3600)
    register_sweep("rounds: tell the groups, and warn them", jobs.warn_of_round, every_seconds=60)
    register_sweep("rounds: lapse what was not signed", jobs.lapse_late_groups, every_seconds=300)


def _register_documents() -> None:
    from foundation.documents.kinds import register_document

    from .agreements.previewing import back_from_preview, may_open_preview
    from .agreements.sheets import PREVIEW, build_preview
    from .logo_kit import LOGO_KIT, back_from_logo_kit, build_logo_kit, may_open_logo_kit
    from .posters import POSTER, back_from_poster, build_poster, may_open_poster

    register_document(
        PREVIEW,
        build_preview,
        title=_("Preview of the agreement"),
        file_name="agreement-preview",
        may_open=may_open_preview,
        back=back_from_preview,
    )
    register_document(
        POSTER,
        build_poster,
        title=_("Poster of a sign-up form"),
        file_name="poster",
        may_open=may_open_poster,
        back=back_from_poster,
    )
    register_document(
        LOGO_KIT,
        build_logo_kit,
        title=_("Logo kit"),
        file_name="logo-kit",
        may_open=may_open_logo_kit,
        back=back_from_logo_kit,
        media_type="application/zip",
        suffix="zip",
    )


def _register_staff_pages() -> None:
    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page

    from .review_queue import waiting_in_words

    waiting = lazy(waiting_in_words, str)()  # counted when the page is drawn
    agreements = StaffTask.AGREEMENTS
    register_staff_page(_("Applications and agreements"), "national_applications", agreements, waiting)
    register_staff_page(_("Groups"), "national_groups", agreements, _("All groups, listed or not."))
    register_staff_page(_("Calls"), "national_calls", agreements, _("Set calls, and mark who was there."))
    register_staff_page(_("Regions"), "national_regions", agreements, _("States, staff organizers, monthly calls."))
    register_staff_page(
        _("Text of the agreement"),
        "agreement_texts",
        agreements,
        _("Versions of what groups sign: write, preview, publish."),
    )
    register_staff_page(
        _("Re-signing"), "national_rounds", agreements, _("Have all groups sign a new version by a date.")
    )
    register_staff_page(_("Fundraising guide"), "national_fundraising", agreements, _("Each state's own office."))
    register_staff_page(
        _("Sign-up forms"), "national_forms", StaffTask.PEOPLE, _("Forms of the network itself, and who signed up.")
    )
