"""Who can sign in, and which staff may do what."""

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

# What counts as a second factor; recovery codes only stand in for one.
SECOND_FACTORS = ("totp", "webauthn")


class UserQuerySet(models.QuerySet["User"]):
    def staff(self) -> "UserQuerySet":
        """National staff."""
        return self.filter(is_staff=True)

    def with_second_factors(self) -> "UserQuerySet":
        """Each with `second_factors`: how many authenticator apps and passkeys they have set up."""
        return self.annotate(
            second_factors=models.Count("authenticator", filter=models.Q(authenticator__type__in=SECOND_FACTORS))
        )


class UserManager(BaseUserManager["User"]):
    def get_queryset(self) -> UserQuerySet:
        return UserQuerySet(self.model, using=self._db)

    def staff(self) -> UserQuerySet:
        return self.get_queryset().staff()

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with this address, lower-cased. Without a password they sign in by code or passkey."""
        user = self.model(email=email.strip().lower(), **fields)
        if password:
            user.set_password(password)
        else:
            user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who can sign in. What is known of them as a human is in `members.Person`."""

    email = models.EmailField(_("e-mail address"), max_length=254, unique=True)
    name = models.CharField(_("name"), max_length=200, blank=True)
    language = models.CharField(
        _("language"), max_length=5, choices=[("en", "English"), ("es", "Español")], default="en"
    )
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(_("national staff"), default=False)
    joined_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = (
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=models.Q(is_superuser=False) | models.Q(is_staff=True), name="user_superuser_is_staff"
            ),
        )

    def __str__(self) -> str:
        return self.name or self.email

    def has_usable_password(self) -> bool:
        """There are no passwords here: allauth and the admin shall not ask for one, whatever the column holds."""
        return False

    def get_short_name(self) -> str:
        return self.name.split(" ")[0] if self.name else self.email.partition("@")[0]


class StaffTask(models.TextChoices):
    """What a member of national staff may be trusted with."""

    AGREEMENTS = "agreements", _("agreements: review applications, countersign, end agreements")
    PROMOTIONS = "promotions", _("promotions: approve events and promotions")
    ENDORSEMENTS = "endorsements", _("endorsements: open polls, decide on endorsements")
    PEOPLE = "people", _("people: search, import and export people")


class StaffRight(models.Model):
    """One task that one member of staff may do. Superusers may do all without a row."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="rights")
    task = models.CharField(max_length=20, choices=StaffTask)
    granted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    granted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["user", "task"], name="staffright_once"),
            models.CheckConstraint(condition=models.Q(task__in=StaffTask.values), name="staffright_task_known"),
        )

    def __str__(self) -> str:
        return f"{self.user}: {self.task}"
