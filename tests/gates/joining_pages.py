"""The pages for joining, sign-up forms as others see them, and the pages on which they are built."""

from django.urls import reverse
from django.utils import timezone

from affiliates import sign_up_forms
from affiliates.models import Group, QuestionKind, SignUp, SignUpForm
from affiliates.sign_up import Answer, Typed, confirm_sign_up, sign_up, token_of
from affiliates.urls_joining import GROUP_FORMS, NATIONAL_FORMS
from foundation.accounts.models import StaffTask, User
from members.models import ConsentPurpose
from tests.affiliates.signing_up import make_form
from tests.factories import make_contact, make_group, make_staff, make_user

from .visits import Visit, page, send

ADA = {"given_name": "Ada", "family_name": "Díaz", "email": "ada@example.org"}
FORM = f"{GROUP_FORMS}<slug:form>/"
NATIONAL_FORM = f"{NATIONAL_FORMS}<slug:form>/"


# --- joining --------------------------------------------------------------------------------------------------


@page("join/")
def join() -> Visit:
    return Visit("/join/")


@page("join/")
def join_near_groups() -> Visit:
    for name in ("Ήλιος", "Kraftfahrzeughaftpflichtversicherung", "Table of Plenty"):
        make_group(name)
    return Visit("/join/?near=02139")


@page("join/")
def join_asked_about_groups() -> Visit:
    make_group("Table of Plenty")
    return Visit("/join/", then=send(**ADA, place="02139"))


@page("join/")
def join_with_errors() -> Visit:
    return Visit("/join/", then=send(email="no address", place="00000"), status=422)


@page("join/sent/")
def join_sent() -> Visit:
    return Visit("/join/", then=send(**ADA, place="59301"))


@page("join/forgotten/")
def join_forgotten() -> Visit:
    return Visit("/join/forgotten/")


def make_sign_up(place: str = "59301", group: Group | None = None) -> SignUp:
    answers = [Answer(ConsentPurpose.NETWORK_MAIL, None, True)]
    if group:
        answers.append(Answer(ConsentPurpose.SHARING, group, True))
    typed = Typed(email="ada@example.org", language="en", given_name="Ada", place=place)
    return sign_up(typed=typed, consents=answers, group=group, now=timezone.now())


@page("join/<str:token>/")
def join_to_confirm() -> Visit:
    return Visit(reverse("sign_up_confirm", args=[token_of(make_sign_up())]))


@page("join/<str:token>/")
def join_thanks_near_no_group() -> Visit:
    made = confirm_sign_up(sign_up=make_sign_up(), now=timezone.now())
    return Visit(reverse("sign_up_confirm", args=[token_of(made)]))


@page("join/<str:token>/")
def join_thanks_of_a_group() -> Visit:
    made = confirm_sign_up(sign_up=make_sign_up("02139", make_group("Table of Plenty")), now=timezone.now())
    return Visit(reverse("sign_up_confirm", args=[token_of(made)]))


@page("join/<str:token>/")
def join_link_cut_off() -> Visit:
    return Visit("/join/abc/", status=404)


@page("groups/<slug:slug>/join/")
def join_a_group() -> Visit:
    return Visit(f"{make_group('Table of Plenty').get_absolute_url()}join/")


@page("groups/<slug:slug>/join/")
def join_a_group_with_errors() -> Visit:
    return Visit(f"{make_group('L' * 100).get_absolute_url()}join/", then=send(email="x"), status=422)


# --- a form as others see it ----------------------------------------------------------------------------------


def form_with_everything(group: Group | None = None) -> SignUpForm:
    consents = ["sharing", "group_mail", "sms"] if group else ["network_mail", "promotions", "sms"]
    form = make_form(
        group,
        title="Help at the food table",
        intro="Every Saturday at nine.\n\nBring a friend.",
        known_fields=["name", "phone", "place", "language"],
        consents=consents,
    )
    for kind, text in zip(
        QuestionKind, ("How did you hear of us?", "Why?", "Do you drive?", "Which day?"), strict=True
    ):
        sign_up_forms.add_question(
            form=form,
            kind=kind,
            text=text,
            choices=["Saturday", "Sunday"] if kind == QuestionKind.CHOICE else [],
            is_required=kind == QuestionKind.CHOICE,
            actor=make_user(),
        )
    return form


@page("forms/<slug:slug>/")
def form_hosted() -> Visit:
    return Visit(f"/forms/{form_with_everything(make_group('Table of Plenty')).slug}/")


@page("forms/<slug:slug>/")
def form_hosted_with_errors() -> Visit:
    path = f"/forms/{form_with_everything(make_group()).slug}/"
    return Visit(path, then=send(email="x", phone="12", place="00000"), status=422)


@page("forms/<slug:slug>/")
def form_closed() -> Visit:
    group = make_group()
    form = make_form(group)
    sign_up_forms.set_open(form=form, is_open=False, actor=make_user())
    return Visit(f"/forms/{form.slug}/", status=410)


@page("forms/<slug:slug>/embed/")
def form_embedded() -> Visit:
    return Visit(f"/forms/{form_with_everything().slug}/embed/")


@page("forms/<slug:slug>/embed/")
def form_embedded_sent() -> Visit:
    return Visit(f"/forms/{make_form().slug}/embed/", then=send(**ADA, place="59301"))


@page("forms/<slug:slug>/embed/")
def form_embedded_with_errors() -> Visit:
    return Visit(f"/forms/{make_form().slug}/embed/", then=send(), status=422)


# --- building -------------------------------------------------------------------------------------------------


def organizer_of(group: Group) -> User:
    return make_contact(group)


@page("organize/")
def organize_home() -> Visit:
    group = make_group("Table of Plenty")
    return Visit("/organize/", user=organizer_of(group))


@page("organize/")
def organize_home_of_nobodys_organizer() -> Visit:
    return Visit("/organize/", user=make_user())


@page(GROUP_FORMS)
def group_forms() -> Visit:
    group = make_group("Table of Plenty")
    sign_up_forms.set_open(form=make_form(group), is_open=False, actor=make_user())
    form_with_everything(group)
    return Visit(reverse("group_forms", args=[group.slug]), user=organizer_of(group))


@page(GROUP_FORMS)
def group_forms_none() -> Visit:
    group = make_group()
    return Visit(reverse("group_forms", args=[group.slug]), user=organizer_of(group))


@page(f"{GROUP_FORMS}new/")
def group_form_new() -> Visit:
    group = make_group()
    return Visit(reverse("group_form_new", args=[group.slug]), user=organizer_of(group))


@page(f"{GROUP_FORMS}new/")
def group_form_new_with_errors() -> Visit:
    group = make_group()
    return Visit(reverse("group_form_new", args=[group.slug]), user=organizer_of(group), then=send(), status=422)


def organized(name: str) -> Visit:
    """One of the pages about a form of the group that the visitor organizes, with somebody who signed up."""
    group = make_group("Table of Plenty")
    form = form_with_everything(group)
    typed = Typed(
        email="ada@example.org", language="en", given_name="Ada", family_name="Díaz", phone="+16175550123",
        place="02139", answers=[{"question": "Why?", "answer": "Because " * 30}],
    )  # fmt: skip
    answers = [Answer(ConsentPurpose.SHARING, group, True)]
    confirm_sign_up(sign_up=sign_up(typed=typed, consents=answers, form=form, now=timezone.now()), now=timezone.now())
    return Visit(reverse(f"group_form_{name}", args=[group.slug, form.slug]), user=organizer_of(group))


@page(FORM)
def group_form_results() -> Visit:
    return organized("results")


@page(FORM)
def group_form_results_none() -> Visit:
    group = make_group(status="forming")
    form = make_form(group)
    return Visit(reverse("group_form_results", args=[group.slug, form.slug]), user=organizer_of(group))


@page(f"{FORM}edit/")
def group_form_edit() -> Visit:
    return organized("edit")


@page(f"{FORM}questions/")
def group_form_questions() -> Visit:
    return organized("questions")


@page(f"{FORM}questions/")
def group_form_questions_with_errors() -> Visit:
    visit = organized("questions")
    return Visit(visit.path, user=visit.user, then=send(press="main form.add button"), status=422)


@page(f"{FORM}preview/")
def group_form_preview() -> Visit:
    return organized("preview")


@page(f"{FORM}share/")
def group_form_share() -> Visit:
    return organized("share")


def national(name: str) -> Visit:
    form = form_with_everything()
    return Visit(reverse(f"national_form_{name}", args=[form.slug]), user=make_staff(StaffTask.PEOPLE))


@page(NATIONAL_FORMS)
def national_forms() -> Visit:
    form_with_everything()
    return Visit(f"/{NATIONAL_FORMS}", user=make_staff(StaffTask.PEOPLE))


@page(f"{NATIONAL_FORMS}new/")
def national_form_new() -> Visit:
    return Visit(f"/{NATIONAL_FORMS}new/", user=make_staff(StaffTask.PEOPLE))


@page(NATIONAL_FORM)
def national_form_results() -> Visit:
    return national("results")


@page(f"{NATIONAL_FORM}edit/")
def national_form_edit() -> Visit:
    return national("edit")


@page(f"{NATIONAL_FORM}questions/")
def national_form_questions() -> Visit:
    return national("questions")


@page(f"{NATIONAL_FORM}preview/")
def national_form_preview() -> Visit:
    return national("preview")


@page(f"{NATIONAL_FORM}share/")
def national_form_share() -> Visit:
    return national("share")
