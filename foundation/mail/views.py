"""The unsubscribe page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import override
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from .unsubscribe import UnknownLinkError, choices_for, describe_scope, mail_of_token, take_back, unsubscribe


@csrf_exempt  # mailbox providers post without cookies; the signed token in the address is the proof
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe_page(request: HttpRequest, token: str) -> HttpResponse:
    """Show what can be ended, and end it on a press. A POST as of RFC 8058 ends the mail's own scope at once."""
    try:
        mail = mail_of_token(token)
    except UnknownLinkError:
        return render(request, "mail/unsubscribe_unknown.html", status=404)
    with override(mail.language):
        choices = choices_for(mail)
        if request.method != "POST":
            return render(request, "mail/unsubscribe.html", {"choices": choices, "LANGUAGE": mail.language})
        scope = request.POST.get("scope", mail.scope)
        if scope not in [choice.scope for choice in choices]:
            scope = mail.scope
        is_mistake = request.POST.get("action") == "take back"
        (take_back if is_mistake else unsubscribe)(mail=mail, scope=scope)
        context = {"scope": scope, "label": describe_scope(scope), "is_mistake": is_mistake, "LANGUAGE": mail.language}
        return render(request, "mail/unsubscribe_done.html", context)
