"""The pages for what went wrong, shown by the views of tests/gates/urls.py; and the outbox of local runs."""

from tests.factories import make_user

from .public_pages import make_mail
from .visits import Visit, page

HTML = "<!doctype html><html><body><p>Hello.</p></body></html>"


@page("")
def not_understood() -> Visit:
    return Visit("/%00", status=400)


@page("")
def not_open_to_you() -> Visit:
    return Visit("/national/", user=make_user(), status=403)


@page("")
def not_found() -> Visit:
    return Visit("/no/such/page/", status=404)


@page("")
def something_went_wrong() -> Visit:
    return Visit("/gates/broken/", status=500)


@page("")
def too_often() -> Visit:
    return Visit("/gates/too-often/", status=429)


@page("")
def please_try_again() -> Visit:
    return Visit("/gates/try-again/", status=403)


@page("outbox/")
def outbox() -> Visit:
    make_mail()
    make_mail(html=HTML)
    return Visit("/outbox/")


@page("outbox/<int:pk>/")
def outbox_mail() -> Visit:
    return Visit(f"/outbox/{make_mail(html=HTML).pk}/")
