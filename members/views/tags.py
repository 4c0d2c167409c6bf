"""The staff's tags: making, renaming and deleting them."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from foundation.accounts.models import User

from ..forms_people import TagForm
from ..models import Tag
from ..tags import TagError, create_tag, delete_tag, rename_tag, tags_with_counts
from .access import people_page


@people_page("GET", "POST")
def tag_list(request: HttpRequest, user: User) -> HttpResponse:
    """All tags with how many people have each, and a form for a new one."""
    form = TagForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            tag = create_tag(name=form.cleaned_data["name"], actor=user)
        except TagError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The tag “%(tag)s” is there.") % {"tag": tag})
            return redirect("tag_list")
    context = {"form": form, "tags": tags_with_counts()}
    return render(request, "members/people/tags.html", context, status=422 if form.is_bound else 200)


@people_page("GET", "POST")
def tag_page(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Rename a tag, or go on to deleting it."""
    tag = get_object_or_404(Tag, pk=pk)
    form = TagForm(request.POST if request.method == "POST" else None, initial={"name": tag.name})
    if form.is_valid():
        try:
            rename_tag(tag=tag, name=form.cleaned_data["name"], actor=user)
        except TagError as error:
            form.add_error("name", str(error))
        else:
            messages.success(request, _("The tag has its new name."))
            return redirect("tag_list")
    return render(request, "members/people/tag.html", {"form": form, "tag": tag}, status=422 if form.is_bound else 200)


@people_page("GET", "POST")
def tag_delete(request: HttpRequest, user: User, pk: int) -> HttpResponse:
    """Take a tag off everybody and forget it, once more asked."""
    tag = get_object_or_404(Tag, pk=pk)
    if request.method == "POST":
        try:
            delete_tag(tag=tag, actor=user)
        except TagError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("The tag is deleted."))
        return redirect("tag_list")
    return render(request, "members/people/tag_delete.html", {"tag": tag, "count": tag.person_tags.count()})
