"""The kinds of documents that there are. The app above says of each what stands in it and who may open it."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.utils.functional import Promise

from foundation.accounts.models import User


@dataclass(frozen=True)
class Sheet:
    """What is to be drawn. `html` is what stands in the body, `css` all of its style, `language` that of the text.

    Nothing is fetched from anywhere: pictures are inline SVG, `data:` addresses, or `static:network/logo.svg` for
    a static file of this site that `files` names ("network/logo.svg").
    """

    title: str
    html: str
    css: str
    language: str
    files: frozenset[str] = frozenset()


type Visitor = User | AnonymousUser
# Gets the subject ("person:5"), in the worker, with the language of the document active.
# What it gives is drawn as a PDF, unless it gives the bytes of the file itself.
type BuildSheet = Callable[[str], Sheet | bytes]


@dataclass(frozen=True)
class DocumentKind:
    """One kind of document; see `register_document`."""

    name: str
    build: BuildSheet
    title: str | Promise
    file_name: str
    may_open: Callable[[Visitor, str], bool] | None
    back: Callable[[str], str] | None
    keep: datetime.timedelta
    media_type: str
    suffix: str


_kinds: dict[str, DocumentKind] = {}


def register_document(
    kind: str,
    build: BuildSheet,
    *,
    title: str | Promise,
    file_name: str,
    may_open: Callable[[Visitor, str], bool] | None = None,
    back: Callable[[str], str] | None = None,
    keep: datetime.timedelta = datetime.timedelta(days=1),
    media_type: str = "application/pdf",
    suffix: str = "pdf",
) -> None:
    """Make known a kind of document. Called in the `ready()` of the app whose document it is.

    `build(subject)` gives the Sheet, or the bytes of a file of another `media_type` with its `suffix` ("zip"), and may
    raise SubjectGoneError. `title` is what the page calls the document, `file_name` what the download is called,
    without the suffix. `may_open(user, subject)` is asked at every opening, so
    that access ends with the role; it is asked beside the rule that a document opens only to whoever asked for it.
    `back(subject)` is the address of the page it was asked for on. After `keep` the document is deleted.
    """
    _kinds[kind] = DocumentKind(kind, build, title, file_name, may_open, back, keep, media_type, suffix)


def kind_of(name: str) -> DocumentKind:
    """The kind of this name. Raises KeyError."""
    return _kinds[name]


class SubjectGoneError(Exception):
    """What the document is about is no longer there."""
