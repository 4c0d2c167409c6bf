"""An event's picture: the page where it is set, and the picture itself."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.csp import CSP
from django.utils.translation import gettext as _
from django.views.decorators.csp import csp_override
from django.views.decorators.http import require_safe

from foundation.web.limits import limit_posts

from ..event_pages import picture_address, picture_of
from ..forms_planning import PictureForm
from ..models import EventPicture
from ..pictures import MOST_BYTES, Drawn, PictureError, draw_picture, remove_picture, set_picture
from ..planning import EventError
from ..series import later_dates
from .access import keeps_event
from .planning import load_open, planning_page, takes_forms

_A_YEAR = 31_536_000


@login_required
@takes_forms
@limit_posts("event-picture", amount=60, seconds=3600)
def event_picture(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a picture with the event, change what is said of it, or take it away."""
    user, event, instead = load_open(request, pk)
    if instead:
        return instead
    now, shown = timezone.now(), picture_of(event)
    if request.method == "POST" and request.POST.get("do") == "remove":
        remove_picture(event=event, actor=user, now=now)
        messages.success(request, _("The picture is removed."))
        return redirect("event_picture", pk=pk)
    data, files = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = PictureForm(data, files, alt=shown.alt if shown else "", has_later=bool(later_dates(event, now)))
    if form.is_valid():
        given = form.cleaned_data
        try:
            drawn = _drawn(given["picture"])
            set_picture(
                event=event, drawn=drawn, alt=given["alt"], actor=user, now=now,
                for_later=given.get("for_later", False),
            )  # fmt: skip
        except EventError as error:
            form.add_error("picture", str(error))
        else:
            messages.success(request, _("The picture is saved."))
            return redirect("event_picture", pk=pk)
    context = {"form": form, "picture": shown, "address": picture_address(shown, event) if shown else ""}
    return planning_page(request, user, event, "picture.html", context, status=422 if form.errors else 200)


def _drawn(upload: "UploadedFile[bytes] | None") -> Drawn | None:
    """The picture of an uploaded file, whose size is looked at before it is read; None without one."""
    if upload is None:
        return None
    if (upload.size or 0) > MOST_BYTES:
        raise PictureError(_("The picture is larger than 10 MB. Choose a smaller one."))
    return draw_picture(upload.read())


@require_safe
@csp_override({"default-src": [CSP.NONE]})
def event_picture_file(request: HttpRequest, slug: str, digest: str) -> HttpResponse:
    """`/events/<slug>/picture-<digest>.webp`: never another picture, so everybody may keep it.

    That of an event which is not public is shown to those who keep the event.
    """
    pictures = EventPicture.objects.select_related("event").defer("event__position")
    picture = get_object_or_404(pictures, event__slug=slug, digest=digest)
    is_public = picture.event.is_public
    if not is_public and not keeps_event(request, picture.event):
        raise Http404
    response = HttpResponse(bytes(picture.body), content_type="image/webp")
    response.headers["X-Content-Type-Options"] = "nosniff"
    if is_public:
        patch_cache_control(response, public=True, max_age=_A_YEAR, immutable=True)
    else:
        patch_cache_control(response, private=True, no_store=True)
    return response
