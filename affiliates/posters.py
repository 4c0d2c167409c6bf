"""The poster of a sign-up form: its title, a QR code that leads to it, and the address for whoever types it."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from foundation.accounts.models import User
from foundation.documents.kinds import Sheet, SubjectGoneError, Visitor
from foundation.documents.qr import qr_svg
from foundation.web.context import site

from .models import SignUpForm
from .permissions import can_build_form

POSTER = "sign_up_poster"


def subject_of(form: SignUpForm) -> str:
    """The key of a form in the ledgers of the lower floors."""
    return form.source


def form_of(subject: str) -> SignUpForm | None:
    """The form of a key such as "form:12"."""
    key = subject.partition(":")[2]
    return SignUpForm.objects.select_related("group").filter(pk=key).first()


def public_address(form: SignUpForm) -> str:
    """The absolute address of the form's own page."""
    return f"{settings.SITE_URL}{reverse('form_page', args=[form.slug])}"


def embed_address(form: SignUpForm) -> str:
    """The absolute address of the page for frames, to which a plain form of another site posts too."""
    return f"{settings.SITE_URL}{reverse('form_embed', args=[form.slug])}"


def qr_code(form: SignUpForm) -> SafeString:
    """A QR code of that address, as inline SVG."""
    return qr_svg(public_address(form), label=_("QR code of %(address)s") % {"address": public_address(form)})


def build_poster(subject: str) -> Sheet:
    """The poster as a sheet of foundation.documents, in the active language. Raises SubjectGoneError."""
    form = form_of(subject)
    if form is None:
        raise SubjectGoneError
    context = {**site(), "sign_up_form": form, "qr": qr_code(form), "address": public_address(form)}
    return Sheet(
        title=form.title,
        html=render_to_string("affiliates/sign_up/poster.html", context),
        css=render_to_string("affiliates/sign_up/poster.css"),
        language=site()["LANGUAGE"],
    )


def may_open_poster(user: Visitor, subject: str) -> bool:
    """Whoever builds the form may have its poster."""
    form = form_of(subject)
    return form is not None and isinstance(user, User) and can_build_form(user, form.group)


def back_from_poster(subject: str) -> str:
    """The page on which the poster is asked for."""
    form = form_of(subject)
    return address_of(form, "share") if form else "/"


def address_of(form: SignUpForm, page: str) -> str:
    """The address of one of the builders' pages about `form`: "results", "edit", "questions", "share" and so on."""
    if form.group is None:
        return reverse(f"national_form_{page}", args=[form.slug])
    return reverse(f"group_form_{page}", args=[form.group.slug, form.slug])
