from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MembersConfig(AppConfig):
    name = "members"

    def ready(self) -> None:
        from foundation.accounts.models import StaffTask
        from foundation.accounts.panels import register_staff_page
        from foundation.documents.kinds import register_document
        from foundation.imports.importers import register_importer
        from foundation.mail.unsubscribe import register_scope
        from foundation.web.sweeps import register_sweep

        from . import consent, people  # noqa: F401  # connects their receivers
        from .actblue_file import ActBlueImporter, CancelledRecurringImporter
        from .card import CARD, back_from_card, build_card, may_open_card
        from .donation_file import DonationFileImporter
        from .emails import describe_promotions_scope
        from .erasure import forget_confirmations
        from .panels import register_own_panels
        from .people_filters import TagFilter, register_people_filter
        from .person_export import register_own_sections
        from .sweeps import compare_people, forget_merges

        register_sweep("people: find duplicates", compare_people, every_seconds=24 * 3600)
        register_sweep("people: forget old merges", forget_merges, every_seconds=24 * 3600)
        register_sweep("people: forget the addresses of the deleted", forget_confirmations, every_seconds=60)
        register_scope("promotions", describe_promotions_scope)
        register_own_panels()
        register_own_sections()
        register_document(
            CARD,
            build_card,
            title=_("Your member card"),
            file_name="member-card",
            may_open=may_open_card,
            back=back_from_card,
        )
        register_people_filter(TagFilter())
        register_staff_page(
            _("People"), "people_search", StaffTask.PEOPLE, _("Find people, tag them, and describe segments by rules.")
        )
        register_staff_page(
            _("Possible duplicates"),
            "duplicates",
            StaffTask.PEOPLE,
            _("Pairs that may be one person, and merges that can be undone."),
        )
        for importer in (ActBlueImporter(), CancelledRecurringImporter(), DonationFileImporter()):
            register_importer(importer)
        register_staff_page(
            _("Donations"), "donations", StaffTask.PEOPLE, _("What was given and given back; enter one by hand.")
        )
