"""Sessions and second factors for tests, as the sign-in pages would leave them."""

import hashlib
import secrets

from allauth.account.internal.flows.login import record_authentication
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.utils import is_mfa_enabled
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from django.test import Client, RequestFactory
from fido2.cose import ES256
from fido2.webauthn import (
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorAttestationResponse,
    AuthenticatorData,
    CollectedClientData,
    RegistrationResponse,
)

from foundation.accounts.models import SECOND_FACTORS, User


def sign_in(client: Client, user: User, *, second_factor: bool = True) -> None:
    """Sign `user` in on `client`, just now: by a code and, where they have one and it is wanted, a second factor."""
    client.force_login(user)
    request = RequestFactory().get("/")
    request.session = client.session
    record_authentication(request, user, method="code", email=user.email)
    if second_factor and is_mfa_enabled(user, types=SECOND_FACTORS):
        record_authentication(request, user, method="mfa", type="totp", reauthenticated=True)
    request.session.save()


def session_of(user: User) -> str:
    """The value of a session cookie with which `user` is signed in."""
    client = Client()
    sign_in(client, user)
    return str(client.cookies[settings.SESSION_COOKIE_NAME].value)


def make_passkey(user: User) -> Authenticator:
    """A passkey of a device that does not exist: all is in order, but nobody can sign in with it."""
    key, identity = ec.generate_private_key(ec.SECP256R1()).public_key(), secrets.token_bytes(16)
    attested = AttestedCredentialData.create(bytes(16), identity, ES256.from_cryptography_key(key))  # type: ignore[no-untyped-call]
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    site = AuthenticatorData.create(hashlib.sha256(b"localhost").digest(), flags, 0, attested)
    answer = AuthenticatorAttestationResponse(
        client_data=CollectedClientData.create("webauthn.create", b"challenge", "http://localhost"),
        attestation_object=AttestationObject.create("none", site, {}),
    )
    credential = {
        **dict(RegistrationResponse(raw_id=identity, response=answer)),
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
    data = {"name": "Phone", "credential": credential}
    return Authenticator.objects.create(user=user, type=Authenticator.Type.WEBAUTHN, data=data)


def give_factors(user: User) -> None:
    """An authenticator app, unless `user` has one, with recovery codes and a passkey."""
    if not is_mfa_enabled(user, types=["totp"]):
        TOTP.activate(user, generate_totp_secret())
    RecoveryCodes.activate(user)
    make_passkey(user)
