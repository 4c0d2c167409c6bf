"""Users who are nobody: somebody typed an address on the sign-in page and never the code that was mailed to it."""

import datetime

from allauth.account.models import EmailAddress
from django.db.models import Exists, OuterRef
from django.utils import timezone

from .models import User

DAYS = 2


def forget_unconfirmed() -> None:
    """The sweep: delete users who never signed in, whose address nobody has confirmed, and to whom nothing refers."""
    nobody = User.objects.get_queryset().filter(
        Exists(EmailAddress.objects.filter(user=OuterRef("pk"), verified=False)),
        last_login__isnull=True,
        is_staff=False,
        joined_at__lt=timezone.now() - datetime.timedelta(days=DAYS),
    )
    for relation in User._meta.related_objects:
        model = relation.related_model
        if isinstance(model, str) or model is EmailAddress:
            continue
        nobody = nobody.exclude(Exists(model._base_manager.filter(**{relation.field.name: OuterRef("pk")})))
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    nobody.exclude(Exists(verified)).delete()
