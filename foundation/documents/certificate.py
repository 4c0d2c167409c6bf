"""The certificate with which the network seals documents.

A real one comes by the settings SEAL_CERTIFICATE_FILE and SEAL_KEY_FILE (PEM). Without them one is made at the first
use and kept below MEDIA_ROOT, which all machines share. It says "an organisation's seal", not "a qualified signature".
"""

import datetime
import os
import tempfile
from functools import cache
from pathlib import Path

from asn1crypto import pem
from asn1crypto import x509 as asn1_x509
from asn1crypto.keys import PrivateKeyInfo
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from django.conf import settings
from django.utils import timezone
from pyhanko.sign.signers import SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

_YEARS = 10
_BITS = 3072


def network_signer() -> SimpleSigner:
    """What seals with the network's key. Made where there is none."""
    return _signer(*map(str, _files()))


def network_certificate_pem() -> bytes:
    """The public certificate, for everybody who wants to verify a document themselves."""
    return _files()[0].read_bytes()


@cache
def _signer(certificate_file: str, key_file: str) -> SimpleSigner:
    """Read once in a process."""
    certificate = read_certificate(Path(certificate_file).read_bytes())
    _kind, _headers, key = pem.unarmor(Path(key_file).read_bytes())
    return SimpleSigner(
        signing_cert=certificate,
        signing_key=PrivateKeyInfo.load(key),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )


def read_certificate(pem_or_der: bytes) -> asn1_x509.Certificate:
    """A certificate as pyHanko wants it. Raises ValueError where it is none."""
    if pem.detect(pem_or_der):
        _kind, _headers, pem_or_der = pem.unarmor(pem_or_der)
    certificate = asn1_x509.Certificate.load(pem_or_der, strict=True)
    certificate.native  # noqa: B018  # asn1crypto reads lazily: what is no certificate shows only now
    return certificate


def _files() -> tuple[Path, Path]:
    if settings.SEAL_CERTIFICATE_FILE:
        return Path(settings.SEAL_CERTIFICATE_FILE), Path(settings.SEAL_KEY_FILE)
    folder = Path(settings.MEDIA_ROOT) / "seal"
    if not folder.exists():
        _make_into(folder)
    return folder / "certificate.pem", folder / "key.pem"


def _make_into(folder: Path) -> None:
    """Make both files aside and move them here whole: of two processes that begin at once, the first one's stay."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="seal-") as aside:
        made = Path(aside) / "made"
        made.mkdir(mode=0o700)
        key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
        key_pem = key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        with os.fdopen(os.open(made / "key.pem", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(key_pem)
        (made / "certificate.pem").write_bytes(_self_signed(key).public_bytes(serialization.Encoding.PEM))
        try:
            made.rename(folder)
        except OSError:
            if not folder.exists():
                raise


def _self_signed(key: rsa.RSAPrivateKey) -> x509.Certificate:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"{settings.NETWORK_NAME} seal"[:64])])
    began = timezone.now() - datetime.timedelta(hours=1)  # of machines whose clocks differ a little
    usage = x509.KeyUsage(
        digital_signature=True, content_commitment=True, key_encipherment=False, data_encipherment=False,
        key_agreement=False, key_cert_sign=False, crl_sign=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip
    return (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(began)
        .not_valid_after(began + datetime.timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
