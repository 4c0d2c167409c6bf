from django.apps import AppConfig


class EndorsementsConfig(AppConfig):
    name = "endorsements"

    def ready(self) -> None:
        _register_closing()
        _register_polls()
        _register_decisions()
        _register_races()
        _register_seekers()


def _register_closing() -> None:
    from foundation.web.sweeps import register_sweep

    from . import poll_jobs as jobs

    register_sweep("polls: close at their time", jobs.close_polls, every_seconds=2)


def _register_polls() -> None:
    from django.utils.functional import lazy
    from django.utils.translation import gettext_lazy as _

    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page
    from foundation.web.sweeps import register_sweep

    from . import poll_jobs as jobs
    from . import poll_notices  # noqa: F401  # it hears of what happens in polls
    from .group_polls import register_group_polls
    from .member_vote_data import register_member_vote_data
    from .poll_board import polls_in_words
    from .poll_panels import register_poll_panels

    register_group_polls()
    register_poll_panels()
    register_member_vote_data()
    register_sweep("polls: queue what is left of notices and links", jobs.queue_waiting_mails, every_seconds=15)
    register_sweep("polls: remind those who have not cast", jobs.remind_of_polls, every_seconds=60)
    at_work = lazy(polls_in_words, str)()  # counted when the page is drawn
    register_staff_page(_("Polls"), "national_polls", StaffTask.ENDORSEMENTS, at_work, order=18)


def _register_seekers() -> None:
    from django.utils.functional import lazy
    from django.utils.translation import gettext_lazy as _

    from affiliates.dashboard import register_ways
    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_panel, register_staff_page
    from foundation.web.sweeps import register_sweep

    from . import seeker_jobs as jobs
    from .seeker_data import referral_ways, register_seeker_data, seeking_panel
    from .seeker_pipeline import waiting_in_words

    register_seeker_data()
    register_panel("running for office", 6, seeking_panel)
    register_ways("running for office", 60, referral_ways)
    register_sweep("run for office: forget what nobody confirmed", jobs.forget_old_hands, every_seconds=3600)
    waiting = lazy(waiting_in_words, str)()  # counted when the page is drawn
    register_staff_page(_("Run for office"), "national_run", StaffTask.ENDORSEMENTS, waiting, order=25)


def _register_races() -> None:
    from django.utils.functional import lazy
    from django.utils.translation import gettext_lazy as _

    from affiliates.dashboard import register_to_dos, register_ways
    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page
    from foundation.imports.importers import register_importer

    from .public_panels import register_candidate_panel
    from .published_answers import answers_panel
    from .race_import import RaceImporter
    from .race_queue import answers_waiting_in_words, races_waiting_in_words
    from .race_ways import nomination_to_dos, nomination_ways

    register_importer(RaceImporter())
    register_candidate_panel("answers", 30, answers_panel)
    register_ways("nominations", 55, nomination_ways)
    register_to_dos("nominations", 55, nomination_to_dos)
    # Counted when the page is drawn.
    races, answers = lazy(races_waiting_in_words, str)(), lazy(answers_waiting_in_words, str)()
    register_staff_page(_("Races and candidates"), "national_races", StaffTask.ENDORSEMENTS, races, order=20)
    register_staff_page(_("Questionnaires"), "questionnaires", StaffTask.ENDORSEMENTS, answers, order=28)


def _register_decisions() -> None:
    from django.utils.functional import lazy
    from django.utils.translation import gettext_lazy as _

    from affiliates.text_objections import register_text_objection
    from foundation.accounts.models import StaffTask
    from foundation.accounts.panels import register_staff_page
    from foundation.web.sweeps import register_sweep

    from . import decision_jobs as jobs
    from .conflicts import open_in_words
    from .decisions import waiting_in_words
    from .house import register_house
    from .naming import page_names_opponent
    from .things import register_pages

    register_pages()
    register_house()
    register_text_objection(page_names_opponent)
    register_sweep("endorsements: look for conflicts", jobs.publish_and_seek_conflicts, every_seconds=30)
    register_sweep("endorsements: follow conflicts", jobs.follow_open_conflicts, every_seconds=300)
    register_sweep("endorsements: tell those who were asked", jobs.tell_groups_of_decisions, every_seconds=30)
    # Counted when the page is drawn.
    waiting, conflicts = lazy(waiting_in_words, str)(), lazy(open_in_words, str)()
    register_staff_page(_("Endorsements to decide"), "national_endorsements", StaffTask.ENDORSEMENTS, waiting, order=16)
    register_staff_page(
        _("Conflicts with endorsements"), "national_conflicts", StaffTask.ENDORSEMENTS, conflicts, order=17
    )
