"""An agreement drawn, sealed and verified, beside a bare loop of WeasyPrint and pyHanko over the same text.

Each agreement is two documents: what is signed, and the certificate of completion. Two processes draw and seal them by
the very functions of the worker's jobs, row by row, and take turns with two that only draw and seal the same HTML.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.db import connection

from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report, milliseconds
from config.demo.groups import load_groups

WORKERS = 2
ROUNDS = 1 if IS_SMALL else 5
EACH = 1 if IS_SMALL else 10  # agreements for each worker in each round
AIM = 0.8


# --- the product ----------------------------------------------------------------------------------------------


def make_agreements(count: int) -> list[int]:
    """So many groups, each with an agreement that waits to be drawn."""
    from django.utils import timezone

    from affiliates.agreements.steps import prepare_agreement
    from affiliates.agreements.templates import publish_first
    from affiliates.models import Group, GroupRole, Role
    from foundation.accounts.models import User

    now = timezone.now()
    publish_first(now=now)
    if not Group.objects.exists():
        load_groups(count=max(50, 2 * count * ROUNDS), seed=1, now=now)  # not all are listed
    made = []
    for group in Group.objects.listed().exclude(agreements__template__isnull=False).order_by("pk")[:count]:
        contact = User.objects.create_user(f"contact{group.pk}@example.org", name="Ada Lovelace")
        GroupRole.objects.create(group=group, user=contact, role=Role.CONTACT)
        made.append(prepare_agreement(group=group, language="en", actor=contact, now=now).pk)
    assert len(made) == count
    return made


def sign_all(ids: list[int]) -> None:
    """Both sides' word, which no worker gives: between drawing and sealing, not measured."""
    from django.utils import timezone

    from affiliates.agreements.steps import (
        Evidence,
        Signature,
        countersign_agreement,
        note_understanding,
        sign_agreement,
    )
    from affiliates.agreements.text import read_texts
    from affiliates.models import Agreement
    from foundation.accounts.models import User

    evidence = Evidence("203.0.113.7", "A browser", "code", "2026-06-01T11:58:00.000000+00:00")
    staff, _is_new = User.objects.get_or_create(email="staff@example.org", defaults={"name": "Grace Hopper"})
    for agreement in Agreement.objects.filter(pk__in=ids).order_by("pk"):
        now, actor = timezone.now(), agreement.prepared_for
        assert actor is not None
        questions = read_texts(agreement.version.texts)["en"].questions
        answers = {question.key: question.right for question in questions}
        note_understanding(agreement=agreement, answers=answers, actor=actor, now=now)
        signature = Signature("Ada Lovelace", "Chair", agreement.pdf_sha256, "I consent.", "I may.", "I sign.")
        sign_agreement(agreement=agreement, signature=signature, evidence=evidence, actor=actor, now=now)
        countersign_agreement(agreement=agreement, evidence=evidence, actor=staff, now=now)


def draw_and_seal(ids: list[int]) -> tuple[float, list[float], list[float]]:
    """All of these by two workers: the seconds until the last is done, and those of each drawing and sealing."""
    drawing, drawn = by_workers("draw", ids)
    sign_all(ids)
    sealing, sealed = by_workers("seal", ids)
    return drawing + sealing, drawn, sealed


# --- the bare loop --------------------------------------------------------------------------------------------


def write_sheets(agreement_id: int, folder: Path) -> None:
    """The HTML of both documents as the product draws it, and what is attached, for the bare loop."""
    from unittest.mock import patch

    from affiliates.agreements import sheets
    from affiliates.models import Agreement

    agreement = Agreement.objects.select_related("group", "template").get(pk=agreement_id)

    def keep(sheet: Any, attachments: dict[str, bytes] | None = None) -> bytes:
        page = f'<!doctype html><html lang="en"><head><title>{sheet.title}</title><style>{sheet.css}</style></head>'
        whole = {"html": f"{page}<body>{sheet.html}</body></html>", "attached": {}}
        whole["attached"] = {name: content.decode() for name, content in (attachments or {}).items()}
        return json.dumps(whole).encode()

    with patch.object(sheets, "render_pdf", keep):
        (folder / "agreement.json").write_bytes(sheets.agreement_pdf(agreement))
        (folder / "completion.json").write_bytes(sheets.completion_pdf(agreement))


def bare_document(path: Path, signer: Any) -> None:
    """Draw the HTML of this file and seal it: WeasyPrint and pyHanko, and nothing else."""
    from io import BytesIO

    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers
    from weasyprint import HTML, Attachment

    sheet = json.loads(path.read_bytes())
    attached = [Attachment(string=content, name=name) for name, content in sheet["attached"].items()]
    pdf = HTML(string=sheet["html"]).write_pdf(pdf_variant="pdf/ua-1", attachments=attached or None)
    how = signers.PdfSignatureMetadata(
        field_name="Seal", md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, certify=True,
        docmdp_permissions=fields.MDPPerm.NO_CHANGES, reason="Agreement",
    )  # fmt: skip
    signers.sign_pdf(IncrementalPdfFileWriter(BytesIO(pdf)), how, signer=signer)


# --- the workers ----------------------------------------------------------------------------------------------


def by_workers(what: str, items: list[Any], folder: Path | None = None) -> tuple[float, list[float]]:
    """Have WORKERS processes do `what` with their shares; seconds from "go" to the last, and of each item."""
    connection.close()
    shares = [items[number::WORKERS] for number in range(WORKERS)]
    command = [sys.executable, "-m", "benchmarks.bench_agreement", "--work", what, str(folder or "")]
    workers = [
        subprocess.Popen([*command, json.dumps(share)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for share in shares
    ]
    for worker in workers:
        assert worker.stdout is not None
        if worker.stdout.readline().strip() != "ready":
            raise RuntimeError("a worker did not begin")
    began = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("go\n")
        worker.stdin.flush()
    said = [worker.communicate()[0] for worker in workers]
    took = time.perf_counter() - began
    if any(worker.returncode for worker in workers):
        raise RuntimeError("a worker failed")
    return took, [seconds for line in said for seconds in json.loads(line)]


def work(what: str, folder: str, items: list[Any]) -> None:
    """One process: everything imported and warm, then on "go" each item in turn; prints the seconds of each."""
    import django

    django.setup()
    act = act_of(what, Path(folder))
    warm_up(what, Path(folder), items[0])
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    sys.stdout.write(json.dumps(seconds_of(act, items)) + "\n")


def warm_up(what: str, folder: Path, item: Any) -> None:
    """A worker runs for days: what only its first document costs (fonts, templates) is not measured, on either side."""
    from affiliates.agreements.sheets import agreement_pdf, completion_pdf
    from affiliates.models import Agreement
    from foundation.documents.certificate import network_signer
    from foundation.documents.sealing import seal_pdf

    if what == "bare":
        bare_document(folder / item, network_signer())
        return
    agreement = Agreement.objects.select_related("group", "template").get(pk=item)
    seal_pdf(agreement_pdf(agreement), reason="warm")
    completion_pdf(agreement)


def act_of(what: str, folder: Path) -> Callable[[Any], None]:
    from django.utils import timezone

    from affiliates.agreements.steps import seal_agreement, write_out
    from foundation.documents.certificate import network_signer

    signer = network_signer()
    acts: dict[str, Callable[[Any], None]] = {
        "draw": lambda pk: write_out(agreement_id=pk, now=timezone.now()),
        "seal": lambda pk: seal_agreement(agreement_id=pk, now=timezone.now()),
        "bare": lambda name: bare_document(folder / name, signer),
    }
    return acts[what]


def seconds_of[T](act: Callable[[T], Any], items: list[T]) -> list[float]:
    taken = []
    for item in items:
        began = time.perf_counter()
        act(item)
        taken.append(time.perf_counter() - began)
    return taken


def main() -> None:
    prepare()
    from affiliates.agreements.verifying import verify_document
    from affiliates.models import Agreement
    from foundation.documents.certificate import network_signer

    network_signer()
    count = EACH * WORKERS
    drawn: list[float] = []
    sealed: list[float] = []
    ours: list[float] = []
    bare: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        for number in range(ROUNDS):
            ids = make_agreements(count)
            took, drawing, sealing = draw_and_seal(ids)
            ours.append(2 * count / took * 60)
            drawn, sealed = drawn + drawing, sealed + sealing
            if number == 0:
                write_sheets(ids[0], Path(folder))
            pages = ["agreement.json"] * count + ["completion.json"] * count
            took, _each = by_workers("bare", pages, Path(folder))
            bare.append(2 * count / took * 60)
    one = Agreement.objects.filter(sealed_at__isnull=False).order_by("pk").first()
    assert one is not None
    assert verify_document(bytes(one.sealed_pdf or b"")).is_genuine
    verified = seconds_of(verify_document, [bytes(one.sealed_pdf or b"")] * (3 if IS_SMALL else 50))
    report = Report("agreement")
    report.table(
        ["step", "ms (median / p95)"],
        [
            ["draw the agreement", milliseconds(drawn)],
            ["seal it, draw and seal its certificate", milliseconds(sealed)],
            ["verify", milliseconds(verified)],
        ],
    )
    rates = [statistics.median(ours), statistics.median(bare)]
    report.table(
        ["documents a minute, 2 workers (median of rounds)", "here", "bare loop"],
        [[f"{ROUNDS} rounds of {2 * count}", *(f"{rate:.0f}" for rate in rates)]],
    )
    report.at_least("documents a minute / bare loop", rates[0] / rates[1], AIM)
    report.finish()


if __name__ == "__main__":
    if "--work" in sys.argv:
        work(sys.argv[2], sys.argv[3], json.loads(sys.argv[4]))
    else:
        main()
