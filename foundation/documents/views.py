"""The page of a document: it waits, it is ready to be downloaded, or it failed and can be tried again."""

import contextlib
from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache

from .kinds import DocumentKind, kind_of
from .models import Document, DocumentState
from .requesting import DocumentStateError, try_again

type _DocumentView = Callable[[HttpRequest, Document, DocumentKind], HttpResponse]


def _of_document(*methods: str) -> Callable[[_DocumentView], Callable[[HttpRequest, UUID], HttpResponse]]:
    """A page about one document. To whom it does not belong it is not found; who is not signed in is asked to."""

    def decorate(view: _DocumentView) -> Callable[[HttpRequest, UUID], HttpResponse]:
        @never_cache
        @wraps(view)
        def page(request: HttpRequest, key: UUID) -> HttpResponse:
            document = get_object_or_404(Document.objects.standing(), key=key)
            if document.requested_by_id and not request.user.is_authenticated:
                return redirect_to_login(document.get_absolute_url())
            kind = _kind_that_opens(request, document)
            if request.method not in methods:
                return HttpResponseNotAllowed(methods)
            return view(request, document, kind)

        return page

    return decorate


def _kind_that_opens(request: HttpRequest, document: Document) -> DocumentKind:
    """The kind of a document that this visitor may open. Raises Http404 for any other."""
    try:
        kind = kind_of(document.kind)
    except KeyError as unknown:
        raise Http404 from unknown
    if document.requested_by_id not in {None, request.user.pk}:
        raise Http404
    if kind.may_open and not kind.may_open(request.user, document.subject):
        raise Http404
    return kind


def _context(document: Document, kind: DocumentKind) -> dict[str, Any]:
    return {"document": document, "kind": kind, "back": kind.back(document.subject) if kind.back else ""}


@_of_document("GET", "HEAD")
def document_page(request: HttpRequest, document: Document, kind: DocumentKind) -> HttpResponse:
    """Where the document is."""
    return render(request, "documents/document.html", _context(document, kind))


@_of_document("GET", "HEAD")
def document_state(request: HttpRequest, document: Document, kind: DocumentKind) -> HttpResponse:
    """The piece of the page that htmx asks for while the document is being made."""
    if "HX-Request" not in request.headers:
        return redirect(document)
    response = render(request, "documents/state.html", _context(document, kind))
    patch_vary_headers(response, ["HX-Request"])
    return response


@_of_document("GET", "HEAD")
def document_file(request: HttpRequest, document: Document, kind: DocumentKind) -> HttpResponse:
    """The file itself."""
    if document.state != DocumentState.READY:
        return redirect(document)
    response = HttpResponse(bytes(document.content or b""), content_type=kind.media_type)
    response.headers["Content-Disposition"] = f'attachment; filename="{kind.file_name}.{kind.suffix}"'
    return response


@_of_document("POST")
def document_again(request: HttpRequest, document: Document, kind: DocumentKind) -> HttpResponse:
    """Try once more to make a document that failed."""
    with contextlib.suppress(DocumentStateError):  # somebody was faster; the page shows where it is
        document = try_again(document=document, now=timezone.now())
    return redirect(document)
