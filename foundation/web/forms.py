"""How forms look: one field template and one error summary for the whole site."""

from django.forms.renderers import TemplatesSetting


class SiteFormRenderer(TemplatesSetting):
    """Django's renderer with our own templates (templates/web/forms/)."""

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"
