"""The addresses of agreements: signing, their text, verifying."""

from django.urls import URLPattern, path

from .views import agreement_text, agreements, verifying

_ONE = "agreements/<str:reference>/"
_TEXT = "national/agreement-text/"
_VERSION = f"{_TEXT}<int:version>/"

urlpatterns: list[URLPattern] = [
    path("organize/groups/<slug:slug>/agreement/", agreements.group_agreement, name="group_agreement"),
    path(_ONE, agreements.agreement_page, name="agreement"),
    path(f"{_ONE}state/", agreements.agreement_state, name="agreement_state"),
    path(f"{_ONE}questions/", agreements.agreement_questions, name="agreement_questions"),
    path(f"{_ONE}sign/", agreements.agreement_sign, name="agreement_sign"),
    path(f"{_ONE}withdraw/", agreements.agreement_withdraw, name="agreement_withdraw"),
    path(f"{_ONE}document.pdf", agreements.agreement_document, name="agreement_document"),
    path(f"{_ONE}sealed.pdf", agreements.agreement_sealed, name="agreement_sealed"),
    path(f"{_ONE}certificate.pdf", agreements.agreement_certificate, name="agreement_certificate"),
    path("verify/", verifying.verify, name="verify"),
    path("verify/certificate.pem", verifying.public_certificate, name="verify_certificate"),
    path(_TEXT, agreement_text.versions, name="agreement_texts"),
    path(_VERSION, agreement_text.version_page, name="agreement_text"),
    path(f"{_VERSION}opening/", agreement_text.edit_opening, name="agreement_text_opening"),
    path(f"{_VERSION}sections/new/", agreement_text.edit_section, name="agreement_text_section_new"),
    path(f"{_VERSION}sections/<slug:key>/", agreement_text.edit_section, name="agreement_text_section"),
    path(f"{_VERSION}questions/new/", agreement_text.edit_question, name="agreement_text_question_new"),
    path(f"{_VERSION}questions/<slug:key>/", agreement_text.edit_question, name="agreement_text_question"),
    path(f"{_VERSION}preview/", agreement_text.preview, name="agreement_text_preview"),
    path(f"{_VERSION}publish/", agreement_text.publish, name="agreement_text_publish"),
]
