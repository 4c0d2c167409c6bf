"""The pages of imports: upload, choose columns, see the dry run, confirm, watch, and what came of it."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from foundation.accounts.models import User
from foundation.audit.models import record

from . import steps
from .error_file import error_file
from .forms import ColumnsForm, UploadForm, column_name
from .importers import Importer, importer_of, importers_for
from .models import ImportJob, ImportState
from .opening import Encoding, FileError, largest_file, layout_of, too_large
from .reading import RowReader

PAGE_SIZE = 25
ERRORS_SHOWN = 50
SAMPLE_ROWS = 3
SAMPLE_LENGTH = 60


def _staff(request: HttpRequest) -> User:
    if not isinstance(request.user, User) or not request.user.is_staff:
        raise PermissionDenied
    return request.user


def _importer(request: HttpRequest, kind: str) -> Importer[Any]:
    """The importer of `kind`, if this user may use it."""
    try:
        importer = importer_of(kind)
    except KeyError as unknown:
        raise Http404 from unknown
    if not importer.may_import(request.user):
        raise PermissionDenied
    return importer


type _JobView = Callable[[HttpRequest, ImportJob, Importer[Any]], HttpResponseBase]


def _job_page(*methods: str) -> Callable[[_JobView], Callable[[HttpRequest, int], HttpResponseBase]]:
    """A page about one import, for those who may import its kind (asked before anything else)."""

    def decorate(view: _JobView) -> Callable[[HttpRequest, int], HttpResponseBase]:
        @login_required
        @wraps(view)
        def page(request: HttpRequest, pk: int) -> HttpResponseBase:
            _staff(request)
            job = get_object_or_404(ImportJob.objects.select_related("owner"), pk=pk)
            importer = _importer(request, job.kind)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, job, importer)

        return page

    return decorate


@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    """What can be imported, and what has been, the newest first."""
    importers = importers_for(_staff(request))
    page = _page_number(request)
    kinds = [importer.kind for importer in importers]
    jobs = ImportJob.objects.of_kinds(kinds).select_related("owner").order_by("-created_at", "-pk")
    rows = list(jobs[(page - 1) * PAGE_SIZE : page * PAGE_SIZE + 1])
    context = {
        "importers": importers,
        "jobs": [(job, importer_of(job.kind).title) for job in rows[:PAGE_SIZE]],
        "page": page,
        "has_next": len(rows) > PAGE_SIZE,
    }
    return render(request, "imports/import_list.html", context)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "1")
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= 10_000):
        raise Http404
    return int(text[:6])


@csrf_exempt  # checked by _upload below, behind what must be known before the body is read
@login_required
def import_start(request: HttpRequest, kind: str) -> HttpResponse:
    """The upload. Who may not, and what is too large, is turned away before the body is read."""
    _staff(request)
    importer = _importer(request, kind)
    if request.method == "POST" and int(request.META.get("CONTENT_LENGTH") or 0) > largest_file() + 65_536:
        return _refused_file(request, importer, too_large())
    return _upload(request, importer)


@csrf_protect
def _upload(request: HttpRequest, importer: Importer[Any]) -> HttpResponse:
    is_post = request.method == "POST"
    form = UploadForm(request.POST if is_post else None, request.FILES if is_post else None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            job = steps.start_import(
                kind=importer.kind, file=file, name=file.name, actor=_staff(request), now=timezone.now()
            )
        except FileError as error:
            form.add_error("file", str(error))
            return _upload_page(request, importer, form, error.status)
        return redirect("import_mapping", job.pk)
    return _upload_page(request, importer, form, 422 if form.is_bound else 200)


def _refused_file(request: HttpRequest, importer: Importer[Any], error: FileError) -> HttpResponse:
    """The refusal of a body that nobody reads: no form is bound to it."""
    context = {"importer": importer, "form": UploadForm(), "refusal": str(error), "has_errors": True}
    return render(request, "imports/import_start.html", context, status=error.status)


def _upload_page(request: HttpRequest, importer: Importer[Any], form: UploadForm, status: int) -> HttpResponse:
    return render(request, "imports/import_start.html", {"importer": importer, "form": form}, status=status)


@_job_page("GET", "HEAD", "POST")
def import_mapping(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> HttpResponse:
    """Which column is what. Going on from here begins the dry run."""
    if not job.can_choose_columns:
        messages.warning(request, _("The columns of this import cannot be changed any more."))
        return redirect(job)
    chosen = {**job.options, **{name: str(index) for name, index in job.mapping.items()}}
    form = ColumnsForm(importer, job.header, data=request.POST if request.method == "POST" else None, initial=chosen)
    if form.is_valid():
        try:
            steps.check_import(job=job, mapping=form.mapping, answers=form.answers, actor=_staff(request))
        except steps.StepError as error:
            messages.error(request, str(error))
        return redirect(job)
    context = {
        "job": job,
        "importer": importer,
        "form": form,
        "missing": "" if form.is_bound else importer.problem_with_columns(frozenset(job.mapping)),
        "columns": _columns_with_samples(job),
        "is_guessed_encoding": job.encoding == Encoding.WINDOWS_1252,
        "same_file": ImportJob.objects.same_file_done(job).order_by("-pk").first(),
    }
    return render(request, "imports/import_mapping.html", context, status=422 if form.is_bound else 200)


def _columns_with_samples(job: ImportJob) -> list[tuple[str, list[str]]]:
    """Each column's name with its first cells."""
    rows: list[list[str]] = []
    with job.file.open("rb") as stored:
        layout = layout_of(job.encoding, job.delimiter, len(job.header))
        for row in RowReader(stored, layout, offset=job.data_offset, line=job.data_line):
            rows.append(row.cells)
            if len(rows) == SAMPLE_ROWS:
                break
    return [
        (column_name(job.header, index), [row[index][:SAMPLE_LENGTH] if row else "" for row in rows])
        for index in range(len(job.header))
    ]


@_job_page("GET", "HEAD")
def import_job(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> HttpResponse:
    """Where the import stands: its progress, the result of the dry run, or what came of it."""
    if job.state == ImportState.UPLOADED:
        return redirect("import_mapping", job.pk)
    errors = list(job.row_errors.order_by("line")[:ERRORS_SHOWN])
    context = {
        **_progress_context(job),
        "importer": importer,
        "errors": errors,
        "more_errors": job.bad - len(errors),
        "is_checked": job.state == ImportState.CHECKED,
        "can_confirm": job.state == ImportState.CHECKED and job.bad < job.rows_read,
        "would_load": job.loaded + job.unchanged,
    }
    return render(request, "imports/import_job.html", context)


def _progress_context(job: ImportJob) -> dict[str, Any]:
    return {"job": job, "pace": job.pace(timezone.now()), "is_waiting": job.is_working and not job.claimed_by}


@_job_page("GET", "HEAD")
def import_progress(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> HttpResponse:
    """The piece of the page that htmx asks for again and again; at the end it has the page loaded anew."""
    if "HX-Request" not in request.headers:
        return redirect(job)
    response = render(request, "imports/progress.html", _progress_context(job))
    patch_vary_headers(response, ["HX-Request"])
    if not job.is_working:
        response.headers["HX-Refresh"] = "true"
    return response


@_job_page("GET", "HEAD")
def import_errors(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> StreamingHttpResponse:
    """The bad rows with their reasons, as CSV."""
    record(actor=_staff(request), action="downloaded error file", subject=f"import:{job.pk}", rows=job.bad)
    return StreamingHttpResponse(
        error_file(job),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="import-{job.pk}-errors.csv"'},
    )


@_job_page("POST")
def import_confirm(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> HttpResponse:
    """Load what the dry run has shown."""
    return _step(request, job, lambda: steps.confirm_import(job=job, actor=_staff(request), now=timezone.now()))


@_job_page("POST")
def import_stop(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> HttpResponse:
    """Stop; what is loaded stays."""
    return _step(request, job, lambda: steps.stop_import(job=job, actor=_staff(request)))


@_job_page("POST")
def import_resume(request: HttpRequest, job: ImportJob, importer: Importer[Any]) -> HttpResponse:
    """Go on behind the last row that was loaded."""
    return _step(request, job, lambda: steps.resume_import(job=job, actor=_staff(request)))


def _step(request: HttpRequest, job: ImportJob, take: Callable[[], None]) -> HttpResponse:
    try:
        take()
    except steps.StepError as error:
        messages.error(request, str(error))
    return redirect(job)
