"""What is left of a person who asked to be deleted."""

from django.db import models
from django.db.models import Q


class Erasure(models.Model):
    """The keyed hash of an address or number whose owner was deleted on their own wish. No import brings it back.

    See members.erasure.erased_key. When the owner signs up again themselves, the row goes.
    """

    key = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(key__regex=r"^[0-9a-f]{64}$"), name="erasure_is_a_hash"),)

    def __str__(self) -> str:
        return self.key[:8]
