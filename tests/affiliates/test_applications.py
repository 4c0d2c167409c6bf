"""The applicant's steps, from the start to filing and withdrawing; and the forming group that goes along."""

import datetime
from threading import Barrier, Thread

import pytest
from django.db import connection

from affiliates import applications, idle_drafts
from affiliates.application_tasks import Progress, is_attended, missing_tasks, missing_to_file, question_asked, tasks_of
from affiliates.applications import ApplicationError, IncompleteError
from affiliates.calls import mark_attended
from affiliates.homes import NoHomeError, home_abroad, home_at
from affiliates.models import (
    Agreement,
    AgreementState,
    Application,
    ApplicationEvent,
    ApplicationState,
    Group,
    GroupStatus,
    Region,
    RegionPart,
    Role,
)
from affiliates.neighbours import neighbours_of
from affiliates.reviewing import ask_for_changes
from affiliates.roles import accept_invitation, invite
from affiliates.turns import ReviewError, StaleError
from foundation.accounts.models import StaffTask, User
from foundation.audit.models import AuditEntry
from foundation.mail.models import OutgoingMail
from foundation.places.search import MalformedPlaceError, find_place
from members.erasure import erase_login
from members.people import Contact, take_in
from members.person_export import everything_about
from tests.factories import make_contact, make_group, make_staff, make_user

from .applying import (
    DAY,
    NOW,
    PLAN,
    applicant_of,
    call_it,
    make_draft,
    make_filed,
    make_founded,
    make_ready,
    settle,
)
from .calling import mails, make_call
from .signing import make_prepared, make_shown, make_signed

pytestmark = pytest.mark.django_db


def group_of(application: Application) -> Group:
    assert application.group
    return Group.objects.get(pk=application.group.pk)


# --- started --------------------------------------------------------------------------------------------------


def test_starting_makes_a_draft_a_history_an_audit_row_and_a_mail_with_the_link() -> None:
    user = make_user(name="Ada Lovelace")
    application = make_draft(user)
    assert (application.state, application.applicant_name) == (ApplicationState.DRAFT, "Ada Lovelace")
    assert [event.kind for event in application.events.all()] == ["started"]
    assert AuditEntry.objects.filter(action="started application", subject=f"application:{application.pk}").exists()
    mail = mails("application started")[0]
    assert mail.to_email == user.email
    assert f"/groups/start/application/{application.pk}/" in mail.text


def test_starting_again_gives_the_draft_that_has_no_place_yet() -> None:
    first = make_draft()
    assert make_draft(applicant_of(first)) == first
    assert len(mails("application started")) == 1
    settle(first, "02139")
    assert make_draft(applicant_of(first)) != first


def test_starting_for_the_same_place_gives_the_draft_for_it() -> None:
    first = make_draft()
    settle(first, "02139")
    place = home_at(find_place("02139"))
    user = applicant_of(first)
    assert applications.start_application(actor=user, language="en", now=NOW, place=place) == first
    other = home_at(find_place("59301"))
    second = applications.start_application(actor=user, language="en", now=NOW, place=other)
    assert second != first
    assert second.place_name == "Miles City, MT"


def test_a_sixth_open_application_of_one_user_is_refused() -> None:
    user = make_user()
    for near in ("02139", "59301", "10001", "60601", "94110"):
        applications.start_application(actor=user, language="en", now=NOW, place=home_at(find_place(near)))
    with pytest.raises(ApplicationError, match="5 applications open"):
        make_draft(user)


@pytest.mark.django_db(transaction=True)
def test_two_presses_at_once_start_one_application() -> None:
    user, barrier = make_user(), Barrier(2)
    made: list[int] = []

    def press() -> None:
        try:
            barrier.wait()
            made.append(make_draft(user).pk)
        finally:
            connection.close()

    threads = [Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(made) == 2
    assert len(set(made)) == 1


# --- where ----------------------------------------------------------------------------------------------------


def test_a_city_becomes_a_home_with_a_zip_code_of_its_state() -> None:
    home = home_at(find_place("Cambridge, MA"))
    assert (home.name, home.state, home.zip_code[:3]) == ("Cambridge, MA", "MA", "021")


def test_a_city_abroad_is_a_home_with_its_coordinates() -> None:
    application = make_founded(near="Toronto, Canada")
    group = group_of(application)
    assert (group.country, group.zip_code, group.state) == ("CA", None, "")
    assert group.point is not None
    assert group.time_zone == "America/Toronto"


@pytest.mark.parametrize("near", ["Ohio", "Middlesex County, MA"])
def test_a_state_or_a_county_is_too_large_to_be_at_home_in(near: str) -> None:
    with pytest.raises(NoHomeError, match="too large"):
        home_at(find_place(near))


def test_a_military_post_office_is_no_home() -> None:
    with pytest.raises(NoHomeError, match="military"):
        home_at(find_place("09012"))


def test_a_place_abroad_that_nobody_listed_takes_its_time_zone_from_the_nearest_city() -> None:
    home = home_abroad(name="Allende", country="MX", latitude=25.28, longitude=-100.02)
    assert (home.name, home.country, home.zip_code) == ("Allende", "MX", "")
    assert home.time_zone.startswith("America/")


def test_coordinates_in_the_united_states_are_no_place_abroad() -> None:
    with pytest.raises(MalformedPlaceError, match="ZIP code"):
        home_abroad(name="Elsewhere", country="MX", latitude=42.37, longitude=-71.1)


def test_one_applicant_has_one_open_application_for_a_place() -> None:
    user = make_user()
    settle(make_draft(user), "02139")
    second = make_draft(user)
    with pytest.raises(ApplicationError, match="already"):
        settle(second, "02139")


# --- the neighbours -------------------------------------------------------------------------------------------


def test_where_nobody_is_near_or_alike_the_group_is_founded_with_its_name() -> None:
    application = make_founded()
    group = group_of(application)
    assert (group.name, group.status, group.place_name) == ("Table of Plenty", GroupStatus.FORMING, "Cambridge, MA")
    assert group.zip_code_id == "02139"
    assert [(role.user, role.role) for role in group.roles.all()] == [(application.applicant, Role.CONTACT)]


def test_with_a_group_near_the_neighbours_are_to_be_seen_first() -> None:
    make_group("Rising Sun", near="02138")
    application = make_draft()
    settle(application, "02139")
    call_it(application, "Table of Plenty")
    assert application.group is None
    assert "name" in missing_tasks(application)
    with pytest.raises(ApplicationError, match="why another"):
        applications.answer_neighbours(
            application=application, revision=None, why_another="", actor=applicant_of(application), now=NOW
        )
    applications.answer_neighbours(
        application=application, revision=None, why_another="They are full.", actor=applicant_of(application), now=NOW
    )
    assert group_of(application).name == "Table of Plenty"


def test_a_group_forty_miles_away_is_shown_and_needs_no_reason() -> None:
    make_group("Rising Sun", near="01605")
    application = make_draft()
    settle(application, "02139")
    call_it(application, "Table of Plenty")
    (neighbour,) = neighbours_of(application)
    assert neighbour.miles is not None
    assert 10 < neighbour.miles < 50
    assert not neighbour.needs_reason
    applications.answer_neighbours(
        application=application, revision=None, why_another="", actor=applicant_of(application), now=NOW
    )
    assert application.group is not None


@pytest.mark.parametrize("name", ["Mesa de la Unión", "MESA DE LA UNION", "Mesas de la Union", "La Mesa de Unión"])
def test_a_name_alike_anywhere_needs_a_reason_whatever_its_accents(name: str) -> None:
    make_group("Mesa de la Unión", near="94110")
    application = make_draft()
    settle(application, "02139")
    call_it(application, name)
    (neighbour,) = neighbours_of(application)
    assert neighbour.is_alike
    assert neighbour.needs_reason


def test_names_that_share_only_a_word_are_not_alike() -> None:
    make_group("Neighbors for Clean Water", near="94110")
    application = make_draft()
    settle(application, "02139")
    call_it(application, "Neighbors of Elm Street")
    assert neighbours_of(application) == []


def test_two_applicants_for_one_place_see_each_other_but_not_who_they_are() -> None:
    first = make_founded(make_user("first@example.org", name="Grace Hopper"), name="Rising Sun")
    second = make_draft(make_user("second@example.org"))
    settle(second, "02138")
    (seen,) = neighbours_of(second)
    assert (seen.name, seen.place_name, seen.since, seen.group) == ("Rising Sun", "Cambridge, MA", NOW, None)
    assert "Grace" not in str(seen)
    assert [one.place_name for one in neighbours_of(first)] == ["Cambridge, MA"]


@pytest.mark.parametrize("state", [ApplicationState.WITHDRAWN, ApplicationState.DECLINED])
def test_an_application_that_is_over_is_nobodys_neighbour(state: str) -> None:
    first = make_filed()
    decided = {"decided_at": NOW} if state == ApplicationState.DECLINED else {}
    Application.objects.filter(pk=first.pk).update(state=state, **decided)
    second = make_draft()
    settle(second, "02139")
    assert neighbours_of(second) == []


def test_another_place_shows_its_own_neighbours_before_the_name_counts() -> None:
    application = make_founded()
    make_group("Rising Sun", near="59301")
    settle(application, "59301")
    assert application.neighbours_seen_at is None
    assert group_of(application).place_name == "Cambridge, MA"  # until they have been seen
    assert "name" in missing_tasks(application)


# --- the forming group goes along -----------------------------------------------------------------------------


def test_a_new_name_and_place_and_the_plan_go_into_the_group_with_its_address() -> None:
    application = make_founded()
    call_it(application, "Long Table")
    settle(application, "59301")
    applications.answer_plan(
        application=application,
        revision=None,
        field="plan_issues",
        text="Water",
        actor=applicant_of(application),
        now=NOW,
    )
    group = group_of(application)
    assert (group.name, group.name_key, group.slug) == ("Long Table", "long table", "long-table")
    assert (group.place_name, group.state, group.zip_code_id) == ("Miles City, MT", "MT", "59301")
    assert group.point == application.point
    assert group.plan == "Water"


def test_going_back_to_the_former_name_gets_the_former_address() -> None:
    application = make_founded()
    call_it(application, "Long Table")
    call_it(application, "Table of Plenty")
    assert group_of(application).slug == "table-of-plenty"


def test_a_group_that_is_listed_already_is_not_renamed_by_its_application() -> None:
    application = make_founded()
    Group.objects.filter(pk=group_of(application).pk).update(status=GroupStatus.LISTED, listed_at=NOW)
    call_it(application, "Long Table")
    assert group_of(application).name == "Table of Plenty"


@pytest.mark.parametrize("make", [make_prepared, make_shown, make_signed])
def test_an_agreement_under_the_former_name_is_withdrawn(make: object) -> None:
    application = make_founded()
    agreement: Agreement = make(group_of(application))  # type: ignore[operator]
    call_it(application, "Long Table")
    agreement.refresh_from_db()
    assert agreement.state == AgreementState.WITHDRAWN
    assert "agreement" in missing_tasks(application)


def test_an_agreement_under_the_former_place_is_withdrawn() -> None:
    application = make_ready()
    settle(application, "59301")
    assert group_of(application).agreements.get().state == AgreementState.WITHDRAWN


def test_the_plan_and_the_applicants_own_name_leave_the_agreement_standing() -> None:
    application = make_ready()
    user = applicant_of(application)
    applications.answer_plan(
        application=application, revision=None, field="plan_actions", text="Cook", actor=user, now=NOW
    )
    applications.answer_who(application=application, revision=None, name="A. L.", phone="", actor=user, now=NOW)
    assert group_of(application).agreements.get().state == AgreementState.SIGNED


def test_a_signer_whose_agreement_somebody_else_undid_is_told() -> None:
    application = make_ready()
    signer, other = applicant_of(application), make_contact(group_of(application))
    applications.answer_name(application=application, revision=None, name="Long Table", actor=other, now=NOW)
    assert [mail.to_email for mail in mails("agreement to sign again")] == [signer.email]


@pytest.mark.django_db(transaction=True)
def test_two_groups_of_one_name_founded_at_once_get_two_addresses() -> None:
    drafts = [make_draft(make_user(name="A")) for _ in range(2)]
    settle(drafts[0], "02139")
    settle(drafts[1], "94110")
    barrier, errors = Barrier(2), list[Exception]()

    def name_it(application: Application) -> None:
        try:
            barrier.wait()
            call_it(application, "Table of Plenty")
            applications.answer_neighbours(
                application=application,
                revision=None,
                why_another="Far apart.",
                actor=applicant_of(application),
                now=NOW,
            )
        except Exception as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [Thread(target=name_it, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(set(Group.objects.values_list("slug", flat=True))) == 2


# --- two at once ----------------------------------------------------------------------------------------------


def test_an_answer_on_an_older_reading_is_refused_and_nothing_of_it_is_written() -> None:
    application = make_draft()
    seen, user = application.revision, applicant_of(application)
    applications.answer_who(application=application, revision=seen, name="Ada", phone="", actor=user, now=NOW)
    with pytest.raises(StaleError):
        applications.answer_who(application=application, revision=seen, name="Grace", phone="", actor=user, now=NOW)
    application.refresh_from_db()
    assert (application.applicant_name, application.revision) == ("Ada", seen + 1)


@pytest.mark.parametrize("state", [ApplicationState.FILED, ApplicationState.WITHDRAWN, ApplicationState.APPROVED])
def test_what_staff_have_or_is_over_takes_no_answers(state: str) -> None:
    application = make_filed()
    Application.objects.filter(pk=application.pk).update(state=state)
    user = applicant_of(application)
    with pytest.raises(ReviewError):
        applications.answer_who(application=application, revision=None, name="Ada", phone="", actor=user, now=NOW)
    with pytest.raises(ReviewError):
        applications.file_application(application=application, actor=user, now=NOW)


def test_a_column_that_is_no_question_of_the_plan_cannot_be_written() -> None:
    application = make_draft()
    with pytest.raises(ValueError, match="state"):
        applications.answer_plan(
            application=application,
            revision=None,
            field="state",
            text="accepted",
            actor=applicant_of(application),
            now=NOW,
        )


# --- the tasks ------------------------------------------------------------------------------------------------


def test_an_untouched_application_misses_all_tasks_but_who_if_the_login_has_a_name() -> None:
    assert missing_tasks(make_draft(make_user())) == ["who", "where", "name", "contacts", "call", "plan", "agreement"]
    assert "who" not in missing_tasks(make_draft(make_user(name="Ada")))


def test_the_task_list_tells_what_is_done_begun_and_cannot_start_yet() -> None:
    application = make_draft()
    of_key = {task.key: task.progress for task in tasks_of(application)}
    assert of_key == {
        "who": Progress.DONE, "where": Progress.TO_DO, "name": Progress.NOT_YET, "contacts": Progress.NOT_YET,
        "call": Progress.LATER, "plan": Progress.TO_DO, "agreement": Progress.NOT_YET,
    }  # fmt: skip
    application = make_founded(make_user(name="A"))
    applications.answer_plan(
        application=application,
        revision=None,
        field="plan_issues",
        text="Rent",
        actor=applicant_of(application),
        now=NOW,
    )
    make_prepared(group_of(application))
    tasks = {task.key: task for task in tasks_of(application)}
    assert tasks["plan"].progress == tasks["agreement"].progress == Progress.STARTED
    assert tasks["plan"].question.key == "actions"  # the first one that is open
    assert tasks["contacts"].progress == Progress.TO_DO


def test_what_is_asked_of_a_task_is_asked_of_its_first_question() -> None:
    assert [getattr(question_asked(key), "key", None) for key in ("plan", "actions", "name", "x")] == [
        "issues", "actions", "name", None,
    ]  # fmt: skip


def test_the_call_is_done_when_a_contact_attended_one() -> None:
    application = make_ready()
    other = make_contact(group_of(application))
    person = take_in(contact=Contact(email=other.email), is_own_act=True, now=NOW)
    call = make_call(NOW - DAY)
    assert not is_attended(application)
    mark_attended(call=call, people=[person], actor=make_staff(StaffTask.AGREEMENTS), now=NOW)
    assert is_attended(application)
    assert missing_tasks(application) == []


def test_somebody_elses_attendance_does_not_count() -> None:
    application = make_ready()
    person = take_in(contact=Contact(email="else@example.org"), is_own_act=True, now=NOW)
    mark_attended(call=make_call(NOW - DAY), people=[person], actor=make_staff(StaffTask.AGREEMENTS), now=NOW)
    assert not is_attended(application)


def test_a_waived_call_is_done() -> None:
    application = make_ready()
    Application.objects.filter(pk=application.pk).update(call_waived_because="Has organized for years.")
    application.refresh_from_db()
    assert missing_tasks(application) == []


# --- filed ----------------------------------------------------------------------------------------------------


def test_filing_needs_all_but_the_call() -> None:
    application = make_founded()
    with pytest.raises(IncompleteError) as refused:
        applications.file_application(application=application, actor=applicant_of(application), now=NOW)
    assert refused.value.missing == ["contacts", "plan", "agreement"]
    application = make_ready(make_user(name="B"), near="59301", name="Long Table")
    assert missing_to_file(application) == []
    applications.file_application(application=application, actor=applicant_of(application), now=NOW)
    assert (application.state, application.filed_at, application.waiting_since) == (ApplicationState.FILED, NOW, NOW)


def test_all_people_of_it_are_told_that_it_is_filed() -> None:
    application = make_ready()
    user = applicant_of(application)
    invitation = invite(group=group_of(application), email="two@example.org", role=Role.CONTACT, actor=user, now=NOW)
    accept_invitation(invitation=invitation, user=make_user("two@example.org", language="es"), now=NOW)
    applications.file_application(application=application, actor=user, now=NOW)
    told = mails("application filed")
    assert {(mail.to_email, mail.language) for mail in told} == {(user.email, "en"), ("two@example.org", "es")}


def test_it_goes_to_the_organizer_of_its_region() -> None:
    organizer = make_staff(StaffTask.AGREEMENTS)
    region = Region.objects.create(name="Northeast", slug="northeast", organizer=organizer)
    RegionPart.objects.create(region=region, state="MA")
    assert make_filed().assigned_to == organizer


def test_filing_on_an_older_reading_is_refused() -> None:
    application = make_ready()
    user, seen = applicant_of(application), application.revision
    applications.answer_who(application=application, revision=None, name="Grace", phone="", actor=user, now=NOW)
    with pytest.raises(StaleError):
        applications.file_application(application=application, actor=user, now=NOW, revision=seen)


def test_after_changes_it_is_filed_again_with_a_history_of_both_sides() -> None:
    application = make_filed()
    staff = make_staff(StaffTask.AGREEMENTS)
    ask_for_changes(
        application=application, revision=application.revision, asked={"plan": "Say more."}, actor=staff, now=NOW + DAY
    )
    user = applicant_of(application)
    applications.answer_plan(
        application=application, revision=None, field="plan_issues", text="More.", actor=user, now=NOW + 2 * DAY
    )
    applications.file_application(application=application, actor=user, now=NOW + 2 * DAY)
    assert [(event.side, event.kind) for event in application.events.order_by("pk")] == [
        ("applicant", "started"), ("applicant", "filed"), ("staff", "changes asked"), ("applicant", "filed again"),
    ]  # fmt: skip
    assert application.waiting_since == NOW + 2 * DAY


# --- withdrawn ------------------------------------------------------------------------------------------------


def test_withdrawing_a_draft_lets_its_forming_group_go() -> None:
    application = make_founded()
    applications.withdraw_application(
        application=application, actor=applicant_of(application), now=NOW, text="No time."
    )
    assert (application.state, application.group) == (ApplicationState.WITHDRAWN, None)
    assert not Group.objects.exists()
    assert application.events.get(kind="withdrawn").text == "No time."


def test_withdrawing_what_is_filed_withdraws_the_agreement_and_ends_the_group() -> None:
    application = make_filed()
    user, other = applicant_of(application), make_contact(group_of(application))
    invite(group=group_of(application), email="three@example.org", role=Role.CONTACT, actor=user, now=NOW)
    applications.withdraw_application(application=application, actor=user, now=NOW)
    group = group_of(application)
    assert group.status == GroupStatus.ENDED
    assert group.agreements.get().state == AgreementState.WITHDRAWN
    assert group.invitations.get().revoked_at == NOW
    assert [mail.to_email for mail in mails("application withdrawn")] == [other.email]


def test_what_is_over_cannot_be_withdrawn() -> None:
    application = make_founded()
    applications.withdraw_application(application=application, actor=applicant_of(application), now=NOW)
    with pytest.raises(ReviewError):
        applications.withdraw_application(application=application, actor=applicant_of(application), now=NOW)


# --- left lying -----------------------------------------------------------------------------------------------


def test_a_draft_is_reminded_of_once_after_thirty_days() -> None:
    application = make_draft()
    assert idle_drafts.remind_of_idle_drafts(now=NOW + 29 * DAY) == 0
    assert idle_drafts.remind_of_idle_drafts(now=NOW + 31 * DAY) == 1
    assert idle_drafts.remind_of_idle_drafts(now=NOW + 32 * DAY) == 0
    (mail,) = mails("application idle")
    assert mail.to_email == applicant_of(application).email
    assert "Nov. 28, 2026" in mail.text


def test_a_draft_is_deleted_after_half_a_year_with_its_forming_group() -> None:
    make_founded()
    make_filed(make_user(name="B"), near="59301", name="Long Table")
    assert idle_drafts.delete_idle_drafts(now=NOW + 179 * DAY) == 0
    assert idle_drafts.delete_idle_drafts(now=NOW + 181 * DAY) == 1
    assert [group.name for group in Group.objects.all()] == ["Long Table"]
    assert [application.name for application in Application.objects.all()] == ["Long Table"]


def test_the_papers_of_a_deleted_draft_stay_with_a_group_that_nobody_sees() -> None:
    application = make_ready()
    group = group_of(application)
    assert idle_drafts.delete_idle_drafts(now=NOW + 181 * DAY) == 1
    group.refresh_from_db()
    assert group.status == GroupStatus.ENDED
    assert group.agreements.exists()


# --- the applicant is deleted ---------------------------------------------------------------------------------


def erase(user: User) -> None:
    erase_login(user=user, actor=user, now=NOW)


def test_a_deleted_applicants_drafts_go_with_their_group() -> None:
    application = make_founded()
    erase(applicant_of(application))
    assert not Application.objects.exists()
    assert not Group.objects.exists()


def test_what_a_deleted_applicant_had_filed_is_withdrawn_and_says_no_longer_who_they_were() -> None:
    application = make_filed()
    Application.objects.filter(pk=application.pk).update(applicant_phone="+16175550123")
    erase(applicant_of(application))
    application.refresh_from_db()
    assert application.state == ApplicationState.WITHDRAWN
    assert (application.applicant, application.applicant_name, application.applicant_phone) == (None, "", "")


def test_another_contact_goes_on_with_a_deleted_applicants_draft() -> None:
    application = make_founded()
    other = make_contact(group_of(application))
    erase(applicant_of(application))
    application.refresh_from_db()
    assert (application.state, application.applicant_name) == (ApplicationState.DRAFT, "")
    assert Application.objects.of_user(other).get() == application


def test_a_decided_application_keeps_no_name_of_a_deleted_applicant() -> None:
    application = make_filed()
    Application.objects.filter(pk=application.pk).update(state=ApplicationState.DECLINED, decided_at=NOW)
    erase(applicant_of(application))
    application.refresh_from_db()
    assert (application.state, application.applicant_name) == (ApplicationState.DECLINED, "")


def test_the_persons_export_tells_of_the_application() -> None:
    application = make_filed()
    user = applicant_of(application)
    person = take_in(contact=Contact(email=user.email), is_own_act=True, now=NOW)
    person.user = user
    person.save(update_fields=["user"])
    (told,) = everything_about(person)["applications"]
    assert (told["name"], told["applicant_name"], told["plan_issues"]) == (
        "Table of Plenty", "Ada Lovelace", PLAN["plan_issues"],
    )  # fmt: skip


def test_nothing_is_written_to_the_outbox_that_tells_who_else_applies() -> None:
    make_founded(make_user("first@example.org", name="Grace Hopper"), name="Rising Sun")
    make_founded(make_user("second@example.org", name="Ada"), name="Long Table")
    texts = [mail.text for mail in OutgoingMail.objects.filter(to_email="second@example.org")]
    assert texts
    assert not any("Grace" in text or "first@" in text for text in texts)


def test_events_of_an_application_go_with_it() -> None:
    application = make_draft()
    assert ApplicationEvent.objects.filter(application=application).count() == 1
    application.delete()
    assert not ApplicationEvent.objects.exists()


def test_the_time_of_a_later_answer_is_kept() -> None:
    application = make_draft()
    later = NOW + datetime.timedelta(hours=3)
    applications.answer_who(
        application=application, revision=None, name="Ada", phone="", actor=applicant_of(application), now=later
    )
    assert application.changed_at == later
