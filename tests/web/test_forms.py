"""How forms are drawn: for every widget a label, and hint and error tied to the control."""

import re
from typing import ClassVar

import pytest
from django import forms
from django.template.loader import render_to_string

WIDGETS = {
    "text": forms.CharField(),
    "email": forms.EmailField(),
    "number": forms.IntegerField(),
    "date": forms.DateField(),
    "area": forms.CharField(widget=forms.Textarea),
    "select": forms.ChoiceField(choices=[("a", "A"), ("b", "B")]),
    "radio": forms.ChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.RadioSelect),
    "boxes": forms.MultipleChoiceField(choices=[("a", "A"), ("b", "B")], widget=forms.CheckboxSelectMultiple),
    "box": forms.BooleanField(),
    "file": forms.FileField(),
}


def form_of(field: forms.Field, *, data: dict[str, str] | None = None) -> forms.Form:
    field.label, field.help_text = "Label of it", "Hint for it"
    form: forms.Form = type("OneField", (forms.Form,), {"it": field})(data)
    return form


@pytest.mark.parametrize("kind", WIDGETS)
def test_every_control_has_a_name(kind: str) -> None:
    page = str(form_of(WIDGETS[kind]))
    ids = re.findall(r'<(?:input|select|textarea)[^>]* id="([^"]+)"', page)
    assert ids
    for control in ids:
        assert f'for="{control}"' in page
    assert "Label of it" in page


@pytest.mark.parametrize("kind", WIDGETS)
def test_hint_and_error_are_tied_to_the_control_or_its_group(kind: str) -> None:
    page = str(form_of(WIDGETS[kind], data={}))
    described = re.findall(r'aria-describedby="([^"]+)"', page)
    assert described == ["id_it_helptext id_it_error"]
    assert page.count('id="id_it_helptext"') == 1
    assert page.count('id="id_it_error"') == 1
    assert page.count("“Label of it”.") == 1  # as in the summary, where nothing else tells which field it is


@pytest.mark.parametrize("kind", WIDGETS)
def test_the_summary_leads_to_a_control_that_is_there(kind: str) -> None:
    form = form_of(WIDGETS[kind], data={})
    summary = render_to_string("web/error_summary.html", {"form": form})
    target = re.search(r'href="#([^"]+)"', summary)
    assert target
    assert f'id="{target.group(1)}"' in str(form)


def test_optional_fields_say_so_save_in_searches() -> None:
    class Search(forms.Form):
        near = forms.CharField(required=False)

    class Filter(Search):
        hide_optional: ClassVar[bool] = True

    assert "(optional)" in str(Search())
    assert "(optional)" not in str(Filter())


def test_what_is_wrong_with_the_whole_form_stands_in_the_summary() -> None:
    class Pair(forms.Form):
        def clean(self) -> None:
            raise forms.ValidationError("These two do not fit together.")

    assert "These two do not fit together." in render_to_string("web/error_summary.html", {"form": Pair({})})


def test_what_people_type_is_escaped_everywhere() -> None:
    field = forms.ChoiceField(choices=[("a", "A")])
    form = form_of(field, data={"it": "<script>alert(1)</script>"})
    assert "<script>" not in str(form) + render_to_string("web/error_summary.html", {"form": form})
