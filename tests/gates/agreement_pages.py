"""Signing an agreement, its text, and verifying one."""

from playwright.sync_api import FilePayload
from playwright.sync_api import Page as BrowserPage

from affiliates.agreements.steps import decline_agreement, record_agreement_elsewhere, withdraw_agreement
from affiliates.agreements.templates import begin_draft
from foundation.accounts.models import StaffTask, User
from tests.affiliates.signing import (
    NOW,
    blank_page,
    contact_of,
    make_in_force,
    make_prepared,
    make_shown,
    make_signed,
    make_template,
    make_understood,
    make_with_files,
)
from tests.factories import make_contact, make_group, make_staff

from .visits import Steps, Visit, page, send

TEXT = "/national/agreement-text/"


def make_author() -> User:
    return make_staff(StaffTask.AGREEMENTS)


@page("organize/groups/<slug:slug>/agreement/")
def group_agreement_to_begin() -> Visit:
    make_template()
    group = make_group("Grupo de Ñuñoa")
    record_agreement_elsewhere(group=group, signed_name="Bob", signed_at=NOW, actor=None, now=NOW)
    return Visit(f"/organize/groups/{group.slug}/agreement/", user=make_contact(group))


@page("organize/groups/<slug:slug>/agreement/")
def group_agreement_none() -> Visit:
    group = make_group()
    return Visit(f"/organize/groups/{group.slug}/agreement/", user=make_contact(group))


@page("agreements/<str:reference>/")
def agreement_being_written() -> Visit:
    agreement = make_prepared()
    return Visit(f"/agreements/{agreement.reference}/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/")
def agreement_to_read() -> Visit:
    agreement = make_shown()
    return Visit(f"/agreements/{agreement.reference}/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/")
def agreement_signed() -> Visit:
    agreement = make_signed()
    return Visit(f"/agreements/{agreement.reference}/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/")
def agreement_being_sealed() -> Visit:
    agreement = make_in_force()
    return Visit(f"/agreements/{agreement.reference}/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/")
def agreement_with_files() -> Visit:
    agreement = make_with_files()
    return Visit(f"/agreements/{agreement.reference}/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/")
def agreement_declined() -> Visit:
    agreement = make_signed()
    decline_agreement(agreement=agreement, reason="The name is taken.", actor=make_author(), now=NOW)
    return Visit(f"/agreements/{agreement.reference}/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/")
def agreement_withdrawn() -> Visit:
    agreement = make_shown()
    contact = contact_of(agreement.group)
    withdraw_agreement(agreement=agreement, actor=contact, now=NOW)
    return Visit(f"/agreements/{agreement.reference}/", user=contact)


@page("agreements/<str:reference>/questions/")
def agreement_questions() -> Visit:
    agreement = make_shown()
    return Visit(f"/agreements/{agreement.reference}/questions/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/questions/")
def agreement_questions_wrong() -> Visit:
    def answer(page: BrowserPage) -> None:
        for name in ("either", "contacts", "status"):
            page.locator(f"main [name={name}]").first.check()
        page.locator("main form button").first.click()
        page.wait_for_load_state()

    agreement = make_shown()
    path = f"/agreements/{agreement.reference}/questions/"
    return Visit(path, user=contact_of(agreement.group), then=answer, status=422)


@page("agreements/<str:reference>/sign/")
def agreement_sign() -> Visit:
    agreement = make_understood()
    return Visit(f"/agreements/{agreement.reference}/sign/", user=contact_of(agreement.group))


@page("agreements/<str:reference>/sign/")
def agreement_sign_with_errors() -> Visit:
    agreement = make_understood()
    path = f"/agreements/{agreement.reference}/sign/"
    return Visit(path, user=contact_of(agreement.group), then=send(name="A" * 300), status=422)


@page("agreements/<str:reference>/withdraw/")
def agreement_withdraw() -> Visit:
    agreement = make_signed()
    return Visit(f"/agreements/{agreement.reference}/withdraw/", user=contact_of(agreement.group))


# --- verifying ------------------------------------------------------------------------------------------------


def upload(content: bytes) -> Steps:
    """Give a file of these bytes to the page."""

    def steps(page: BrowserPage) -> None:
        file: FilePayload = {"name": "document.pdf", "mimeType": "application/pdf", "buffer": content}
        page.locator("main [name=document]").set_input_files(file)
        page.locator("main form button").first.click()
        page.wait_for_load_state()

    return steps


@page("verify/")
def verify() -> Visit:
    return Visit("/verify/")


@page("verify/")
def verify_by_number() -> Visit:
    return Visit(f"/verify/?reference={make_with_files().reference}")


@page("verify/")
def verify_unknown_number() -> Visit:
    return Visit("/verify/?reference=A-2222-2222")


@page("verify/")
def verify_what_is_not_sealed() -> Visit:
    return Visit("/verify/", then=upload(blank_page()))


@page("verify/")
def verify_what_was_signed() -> Visit:
    make_in_force()
    return Visit("/verify/", then=upload(blank_page()))


@page("verify/")
def verify_what_is_no_pdf() -> Visit:
    return Visit("/verify/", then=upload(b"hello"), status=422)


# --- the text -------------------------------------------------------------------------------------------------


@page("national/agreement-text/")
def agreement_texts() -> Visit:
    make_template()
    begin_draft(actor=None)
    return Visit(TEXT, user=make_author())


@page("national/agreement-text/")
def agreement_texts_none() -> Visit:
    return Visit(TEXT, user=make_author())


@page("national/agreement-text/<int:version>/")
def agreement_text_draft() -> Visit:
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/", user=make_author())


@page("national/agreement-text/<int:version>/")
def agreement_text_published() -> Visit:
    return Visit(f"{TEXT}{make_template().version}/", user=make_author())


@page("national/agreement-text/<int:version>/opening/")
def agreement_text_opening() -> Visit:
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/opening/", user=make_author())


@page("national/agreement-text/<int:version>/sections/<slug:key>/")
def agreement_text_section() -> Visit:
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/sections/ending/", user=make_author())


@page("national/agreement-text/<int:version>/sections/<slug:key>/")
def agreement_text_section_with_errors() -> Visit:
    path = f"{TEXT}{begin_draft(actor=None).version}/sections/ending/"
    return Visit(path, user=make_author(), then=send(title_en="", body_es="{nobody}"), status=422)


@page("national/agreement-text/<int:version>/sections/new/")
def agreement_text_section_new() -> Visit:
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/sections/new/", user=make_author())


@page("national/agreement-text/<int:version>/questions/<slug:key>/")
def agreement_text_question() -> Visit:
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/questions/either/", user=make_author())


@page("national/agreement-text/<int:version>/questions/new/")
def agreement_text_question_new_with_errors() -> Visit:
    path = f"{TEXT}{begin_draft(actor=None).version}/questions/new/"
    return Visit(path, user=make_author(), then=send(key="either", choices_en="One"), status=422)


@page("national/agreement-text/<int:version>/preview/")
def agreement_text_preview() -> Visit:
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/preview/", user=make_author())


@page("national/agreement-text/<int:version>/publish/")
def agreement_text_publish() -> Visit:
    make_template()
    return Visit(f"{TEXT}{begin_draft(actor=None).version}/publish/", user=make_author())
