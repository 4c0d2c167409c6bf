"""Taking somebody out of the bad rows that imports keep, when they are deleted on their own wish."""

from collections.abc import Collection

from django.db.models import Q
from django.utils.translation import gettext as _

from .models import ImportRowError


def forget_in_bad_rows(texts: Collection[str]) -> int:
    """Empty the bad rows in which one of `texts` (addresses, numbers) stands; returns how many.

    The uploaded files themselves go by their own rule (`steps.forget_old_files`).
    """
    about = Q()
    for text in texts:
        about |= Q(raw__icontains=text) | Q(reason__icontains=text)
    if not about:
        return 0
    return ImportRowError.objects.filter(about).update(raw="", reason=_("The row was about somebody who is deleted."))
