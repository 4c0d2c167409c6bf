"""Forms of the account and staff pages; those of allauth with labels and hints in this site's words."""

from typing import TYPE_CHECKING, Any, ClassVar

from allauth.account import forms as account_forms
from allauth.account.adapter import get_adapter
from allauth.account.models import EmailAddress
from allauth.mfa.base import forms as mfa_forms
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as passkey_forms
from django import forms
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from .language import present_language
from .models import StaffTask, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise as Words

    UserModelForm = forms.ModelForm[User]
else:
    UserModelForm = forms.ModelForm

# --- signing in ---------------------------------------------------------------------------------------------


class _Worded(forms.Form):
    """Puts our label, hint and attributes on a field that allauth made, in place of its placeholder."""

    def word(self, name: str, label: "Words", hint: "Words" = "", **attributes: Any) -> None:
        field = self.fields[name]
        field.label, field.help_text = label, hint
        field.widget.attrs.pop("placeholder", None)
        field.widget.attrs.update(attributes)


class _AddressWorded(_Worded):
    def word_address(self, name: str, label: "Words", hint: "Words" = "") -> None:
        self.word(name, label, hint, autocomplete="email", spellcheck="false")


class _CodeWorded(_Worded):
    def word_code(self, label: "Words", hint: "Words", **attributes: Any) -> None:
        self.word("code", label, hint, **{"class": "code-input", "autocapitalize": "characters", "spellcheck": "false"})
        self.fields["code"].widget.attrs.update(attributes)


class SignInForm(_AddressWorded, account_forms.LoginForm):  # type: ignore[misc]  # allauth has no types
    """One field: the address that the code goes to."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_address("login", _("E-mail address"), _("We send a code to it. There is no password to remember."))

    def clean_login(self) -> str:
        return str(get_adapter().clean_email(super().clean_login()))

    def login(self, request: HttpRequest, redirect_url: str | None = None) -> HttpResponse:
        """Send the code, whoever asks: signing in the first time is signing up.

        So somebody whom the network knows by a donation alone gets in. It proves the address of users made by hand
        too, whom allauth knows no address of yet. Until the code is typed, a new user owns nothing and is nobody
        (foundation.accounts.unconfirmed takes away those who never typed it).
        """
        address = self.cleaned_data["login"]
        self.user = getattr(self, "user", None) or _new_user(address)
        if self.user and not EmailAddress.objects.filter(email=address).exists():
            EmailAddress.objects.create(user=self.user, email=address, primary=True)
        response: HttpResponse = super().login(request, redirect_url=redirect_url)
        return response


def _new_user(address: str) -> User | None:
    """A user with this address, made just now; None where there is one who may not sign in."""
    if User.objects.filter(email=address).exists():
        return None
    try:
        with transaction.atomic():
            return User.objects.create_user(address, language=present_language())
    except IntegrityError:  # pressed twice
        return User.objects.filter(email=address, is_active=True).first()


class SignUpForm(_AddressWorded, account_forms.SignupForm):  # type: ignore[misc]
    """One field: a code proves the address, and the account is there."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_address("email", _("E-mail address"), _("We send a code to it, to be sure it is yours."))


class SignInCodeForm(_CodeWorded, account_forms.ConfirmLoginCodeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_code(_("Code from the e-mail"), _("For example BCDF-GHJK. Capital or small letters, both work."))


class AddressCodeForm(_CodeWorded, account_forms.ConfirmEmailVerificationCodeForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_code(_("Code from the e-mail"), _("For example BCDF-GHJK. Capital or small letters, both work."))


class OtherAddressForm(_AddressWorded, account_forms.AddEmailForm):  # type: ignore[misc]
    """A new address for an account that exists."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_address(
            "email", _("New e-mail address"), _("We send a code to it. Until you enter the code, the old one stays.")
        )


class AuthenticatorSetupForm(_CodeWorded, totp_forms.ActivateTOTPForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_code(_("Code from the app"), _("Six digits. A new one comes every 30 seconds."), inputmode="numeric")


class SecondFactorForm(_CodeWorded, mfa_forms.AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_code(_("Code"), _("Six digits from your authenticator app, or one of your recovery codes."))


class SecondFactorAgainForm(_CodeWorded, mfa_forms.ReauthenticateForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word_code(_("Code"), _("Six digits from your authenticator app, or one of your recovery codes."))


class AddPasskeyForm(_Worded, passkey_forms.AddWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word("name", _("Name of this key"), _("So that you can tell your keys apart, such as “my phone”."))
        self.fields["name"].initial = ""
        self.initial["name"] = ""
        self.word(
            "passwordless",
            _("Sign in with this key alone"),
            _("Then no code is needed: your fingerprint, face or PIN on this device is enough."),
        )
        self.initial["passwordless"] = True


class RenamePasskeyForm(_Worded, passkey_forms.EditWebAuthnForm):  # type: ignore[misc]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.word("name", _("Name of this key"))


# --- one's own account --------------------------------------------------------------------------------------


class ProfileForm(UserModelForm):
    """What a user says about themselves."""

    class Meta:
        model = User
        fields: ClassVar[list[str]] = ["name", "language"]
        labels: ClassVar[dict[str, Any]] = {"name": _("Your name")}
        help_texts: ClassVar[dict[str, Any]] = {
            "name": _("As you want others to call you, in any script."),
            "language": _("For this site and the mails about your login."),
        }
        widgets: ClassVar[dict[str, Any]] = {"name": forms.TextInput(attrs={"autocomplete": "name"})}


# --- staff rights -------------------------------------------------------------------------------------------


class StaffRightsForm(forms.Form):
    """Which tasks a member of staff may do."""

    tasks = forms.MultipleChoiceField(
        label=_("May do"),
        choices=StaffTask.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Without any, a member of staff sees the staff pages that are open to all staff."),
    )

    def clean_tasks(self) -> list[StaffTask]:
        return [StaffTask(task) for task in self.cleaned_data["tasks"]]


class NewStaffForm(StaffRightsForm):
    """Somebody who has an account becomes staff. `cleaned_data["email"]` is turned into that User."""

    email = forms.EmailField(
        label=_("E-mail address"),
        max_length=254,
        help_text=_("They need an account already: ask them to sign in once."),
        widget=forms.EmailInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    field_order = ("email", "tasks")

    def clean_email(self) -> User:
        user = User.objects.filter(email=self.cleaned_data["email"].lower(), is_active=True).first()
        if user is None:
            raise forms.ValidationError(_("Nobody with this address has an account. Check it, or ask them to sign in."))
        if user.is_staff:
            raise forms.ValidationError(_("This person is staff already. Change their rights in the list."))
        return user
