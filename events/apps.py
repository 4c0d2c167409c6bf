from django.apps import AppConfig


class EventsConfig(AppConfig):
    name = "events"

    def ready(self) -> None:
        from foundation.imports.importers import register_importer

        from . import (
            call_events,  # noqa: F401  # it hears of calls that are set, changed and cancelled
            standing,  # noqa: F401  # it hears of the end of an agreement
        )
        from .event_import import EventImporter
        from .host_pages import register_host_pages
        from .naming_checks import register_naming_checks

        _register_campaigns_and_calls()
        register_host_pages()
        register_naming_checks()
        _register_door()
        _register_answering()
        _register_standing()
        _register_finding()
        _register_promotions()
        register_importer(EventImporter())


def _register_campaigns_and_calls() -> None:
    from django.utils.translation import gettext_lazy as _

    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page
    from foundation.web.sweeps import register_sweep

    from . import attendance_files  # noqa: F401  # it hears of people who are deleted
    from . import jobs_campaigns as jobs
    from .attendance_codes import register_own_claims
    from .campaign_ways import register_campaign_ways

    register_own_claims()
    register_campaign_ways()
    register_sweep("calls: keep their events in step", jobs.mirror_calls_of_below, every_seconds=300)
    register_sweep("campaigns: queue what is left of messages", jobs.queue_waiting_mails_to_hosts, every_seconds=30)
    register_sweep("attendance: forget claims and lists", jobs.forget_old_claims_and_files, every_seconds=3600)
    register_staff_page(
        _("Campaigns"), "national_campaigns", StaffTask.PROMOTIONS, _("What many groups hold, and their hosts.")
    )


def _register_finding() -> None:
    from affiliates.page_panels import Place, register_page_panel
    from foundation.accounts.panels import register_panel

    from .own_events import group_events_panel, next_event_panel, own_events_panel

    register_page_panel("next event", Place.FIRST, 1, next_event_panel)
    register_page_panel("events", Place.BELOW, 1, group_events_panel)
    register_panel("events", 3, own_events_panel)


def _register_standing() -> None:
    from django.utils.functional import lazy
    from django.utils.translation import gettext_lazy as _

    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page
    from foundation.web.sweeps import register_sweep

    from . import standing_jobs as jobs
    from .approvals import waiting_in_words

    register_sweep("events: queue what is left of notices", jobs.queue_waiting_notices, every_seconds=30)
    register_sweep("events: thank the people of those that are over", jobs.thank_people_of_events, every_seconds=600)
    register_sweep("events: keep the dates of groups", jobs.keep_dates_of_groups, every_seconds=300)
    waiting = lazy(waiting_in_words, str)()  # counted when the page is drawn
    register_staff_page(_("Events to approve"), "national_events", StaffTask.PROMOTIONS, waiting, order=15)


def _register_promotions() -> None:
    from django.utils.functional import lazy
    from django.utils.translation import gettext_lazy as _

    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page
    from foundation.mail.refusals import register_refusal
    from foundation.web.sweeps import register_sweep

    from . import promotion_jobs as jobs
    from .promoting import GOES_OUT_NO_MORE, PURPOSE
    from .promotion_queue import waiting_in_words

    register_refusal(PURPOSE, GOES_OUT_NO_MORE)
    register_sweep("promotions: launch what is due", jobs.launch_waiting_promotions, every_seconds=10)
    register_sweep("promotions: note what is sent", jobs.finish_sent_promotions, every_seconds=10)
    waiting = lazy(waiting_in_words, str)()  # counted when the page is drawn
    register_staff_page(_("Promotions to approve"), "national_promotions", StaffTask.PROMOTIONS, waiting, order=16)


def _register_door() -> None:
    from foundation.web.sweeps import register_sweep

    from . import jobs_door as jobs
    from .attendance_data import register_attendance_data
    from .sheets import register_sheets

    register_attendance_data()
    register_sheets()
    register_sweep("door: forget presses that were sent", jobs.forget_sent_presses, every_seconds=3600)


def _register_answering() -> None:
    from foundation.web.sweeps import register_sweep

    from . import answering_jobs as jobs
    from .own_data import register_own_answers

    register_own_answers()
    register_sweep("answers: mail those who got a place", jobs.tell_all_of_places, every_seconds=30)
    register_sweep("answers: fill places that were left", jobs.fill_all_left_places, every_seconds=60)
    register_sweep("answers: release what nobody confirmed", jobs.release_all_unconfirmed, every_seconds=300)
    register_sweep("events: remind those who go", jobs.remind_of_events, every_seconds=60)
