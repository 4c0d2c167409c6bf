"""Verify a sealed agreement with nothing but the files: no database, no settings, no network.

    python -m affiliates.agreements.verify_offline sealed.pdf certificate.pem [completion.pdf]

`certificate.pem` is the network's public certificate (from /verify/certificate.pem); take it from somewhere that you
trust. Prints a line for each thing that was looked at; exits 0 where all hold, 1 where one does not, 2 for files that
cannot be read.
"""

import sys
from collections.abc import Sequence
from pathlib import Path


def verify_files(sealed: bytes, certificate: bytes, completion: bytes | None = None) -> list[tuple[bool, str]]:
    """Each thing that was looked at: whether it holds, and in words what it is. Raises ValueError for a certificate
    that is none."""
    from foundation.documents.certificate import read_certificate
    from foundation.documents.verification import verify_seal

    from .completion import chain_in, is_chain_of, is_whole

    ours = read_certificate(certificate)
    report = verify_seal(sealed, ours)
    found = [(False, f"agreement: {problem}") for problem in report.problems]
    if report.holds:
        found.append(
            (True, f"agreement: sealed with this certificate ({report.sealed_by}), and whole to the last byte")
        )
    found.append((report.holds, f"agreement: SHA-256 {report.sha256}"))
    if completion is None:
        return found
    report_of_completion = verify_seal(completion, ours)
    found += [(False, f"certificate of completion: {problem}") for problem in report_of_completion.problems]
    chain = chain_in(completion) if report_of_completion.holds else None
    if report_of_completion.holds:
        found.append((True, "certificate of completion: sealed with this certificate, and whole to the last byte"))
    if chain is None:
        return [*found, (False, "certificate of completion: no chain of events can be read from it")]
    text = chain.links[0].data.get("template_sha256", "unknown") if chain.links else "unknown"
    return [
        *found,
        (
            is_whole(chain),
            f"certificate of completion: {len(chain.links)} events of {chain.reference}, each after the other",
        ),
        (is_chain_of(chain, report.sha256), "certificate of completion: its last event is the seal of this agreement"),
        (text != "unknown", f"certificate of completion: SHA-256 of the text's version {text}"),
    ]


def main(arguments: Sequence[str]) -> int:
    if not 2 <= len(arguments) <= 3:
        sys.stderr.write(f"{__doc__}")
        return 2
    from django.conf import settings

    if not settings.configured:
        settings.configure(USE_I18N=False)
    try:
        found = verify_files(*(Path(name).read_bytes() for name in arguments))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    for holds, words in found:
        sys.stdout.write(f"{'  ok  ' if holds else 'NOT OK'}  {words}\n")
    return 0 if all(holds for holds, _words in found) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
