import datetime

import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
import phonenumber_field.modelfields
from django.conf import settings
from django.db import migrations, models

import foundation.places.fields
import members.models.people


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "__first__"),
        ("members", "0001_name_key"),
        ("places", "0002_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Person",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("latitude", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("longitude", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                (
                    "position",
                    models.GeneratedField(
                        db_persist=True,
                        expression=foundation.places.fields.Position("latitude", "longitude"),
                        output_field=foundation.places.fields.CubeField(),
                    ),
                ),
                ("given_name", models.CharField(blank=True, max_length=120, verbose_name="given name")),
                ("family_name", models.CharField(blank=True, max_length=120, verbose_name="family name")),
                (
                    "given_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=members.models.people.NameKey("given_name"),
                        output_field=models.CharField(db_collation="C", max_length=240),
                    ),
                ),
                (
                    "family_key",
                    models.GeneratedField(
                        db_persist=True,
                        expression=members.models.people.NameKey("family_name"),
                        output_field=models.CharField(db_collation="C", max_length=240),
                    ),
                ),
                ("country", models.CharField(default="US", max_length=2, verbose_name="country")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Spanish")],
                        default="en",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("time_zone", models.CharField(blank=True, max_length=40, verbose_name="time zone")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="person",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "zip_code",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.zipcode",
                        verbose_name="ZIP code",
                    ),
                ),
            ],
            options={
                "verbose_name": "person",
                "verbose_name_plural": "people",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(fields=["position"], name="person_position"),
                    models.Index(fields=["family_key", "given_key"], name="person_by_name"),
                    models.Index(fields=["given_key", "id"], name="person_by_given_name"),
                    models.Index(fields=["zip_code"], name="person_by_zip_code"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="person_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="person_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="person_point_not_zero",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ActivityScore",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="activity_score",
                        serialize=False,
                        to="members.person",
                    ),
                ),
                ("score", models.FloatField()),
                ("last_at", models.DateTimeField(help_text="when the latest activity happened")),
                ("attendances", models.IntegerField(help_text="events and calls attended")),
            ],
        ),
        migrations.CreateModel(
            name="Activity",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("attendance", "came to an event"),
                            ("call", "was on a call"),
                            ("donation", "gave"),
                            ("rsvp", "answered an event"),
                            ("sign_up", "signed up"),
                        ],
                        max_length=12,
                    ),
                ),
                ("source", models.CharField(db_collation="C", max_length=120)),
                ("at", models.DateTimeField(help_text="when it happened")),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_because", models.CharField(blank=True, db_default="", max_length=200)),
                (
                    "details",
                    models.JSONField(blank=True, db_default=models.Value({}, models.JSONField()), default=dict),
                ),
                (
                    "is_basis",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(
                                kind__in=["attendance", "call", "donation"],
                                then=models.Value(True),
                                withdrawn_at__isnull=True,
                            ),
                            default=models.Value(False),
                        ),
                        output_field=models.BooleanField(),
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="activities",
                        to="members.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "activity",
                "verbose_name_plural": "activities",
                "indexes": [models.Index(fields=["person", "at"], name="activity_of_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("source",), name="activity_once_a_source"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["attendance", "call", "donation", "rsvp", "sign_up"])),
                        name="activity_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="activity_has_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("at__gte", datetime.datetime(1990, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                            ("at__lt", datetime.datetime(2100, 1, 1, 0, 0, tzinfo=datetime.UTC)),
                        ),
                        name="activity_at_plausible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("withdrawn_at__isnull", True), ("withdrawn_because", "")),
                            models.Q(
                                ("withdrawn_at__isnull", False), models.Q(("withdrawn_because", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="activity_withdrawn_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConsentWording",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("network_mail", "news and notices from the network"),
                            ("promotions", "invitations to events nearby"),
                            ("group_mail", "mails from a group"),
                            ("sharing", "showing name and contact details to a group"),
                            ("sms", "text messages"),
                        ],
                        max_length=12,
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("language", models.CharField(choices=[("en", "English"), ("es", "Spanish")], max_length=5)),
                ("text", models.CharField(max_length=600)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("purpose", "version", "language"), name="consentwording_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purpose__in", ["network_mail", "promotions", "group_mail", "sharing", "sms"])
                        ),
                        name="consentwording_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="consentwording_has_text"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Consent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "purpose",
                    models.CharField(
                        choices=[
                            ("network_mail", "news and notices from the network"),
                            ("promotions", "invitations to events nearby"),
                            ("group_mail", "mails from a group"),
                            ("sharing", "showing name and contact details to a group"),
                            ("sms", "text messages"),
                        ],
                        max_length=12,
                    ),
                ),
                ("scope", models.CharField(max_length=80)),
                ("is_given", models.BooleanField()),
                ("source", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="consents", to="members.person"
                    ),
                ),
                (
                    "wording",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="members.consentwording",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "purpose", "scope", "-id"], name="consent_current"),
                    models.Index(fields=["scope", "purpose"], name="consent_by_scope"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purpose__in", ["network_mail", "promotions", "group_mail", "sharing", "sms"])
                        ),
                        name="consent_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="consent_has_source"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("purpose__in", ("group_mail", "sharing")),
                                models.Q(("scope__in", ["", "network"]), _negated=True),
                            ),
                            models.Q(
                                models.Q(("purpose__in", ("group_mail", "sharing")), _negated=True),
                                ("scope", "network"),
                            ),
                            _connector="OR",
                        ),
                        name="consent_scope_fits_purpose",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_given", False), ("wording__isnull", False), _connector="OR"),
                        name="consent_given_to_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Donation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("actblue", "ActBlue"), ("file", "a file of donations"), ("hand", "entered by hand")],
                        max_length=8,
                    ),
                ),
                ("line_item", models.CharField(db_collation="C", max_length=80)),
                ("receipt", models.CharField(blank=True, db_default="", max_length=80)),
                ("amount", models.DecimalField(blank=True, decimal_places=2, max_digits=10, null=True)),
                ("currency", models.CharField(db_default="USD", default="USD", max_length=3)),
                ("paid_at", models.DateTimeField(blank=True, null=True)),
                ("is_recurring", models.BooleanField(db_default=False, default=False)),
                ("refund", models.CharField(blank=True, db_default="", max_length=80)),
                ("refunded_at", models.DateTimeField(blank=True, null=True)),
                ("page", models.CharField(blank=True, db_default="", max_length=200, verbose_name="fundraising page")),
                ("reference_code", models.CharField(blank=True, db_default="", max_length=200)),
                ("recipient", models.CharField(blank=True, db_default="", max_length=200)),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="donations",
                        to="members.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "donation",
                "verbose_name_plural": "donations",
                "indexes": [models.Index(fields=["person", "paid_at"], name="donation_of_person")],
                "constraints": [
                    models.UniqueConstraint(fields=("line_item", "source"), name="donation_once_a_line_item"),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["actblue", "file", "hand"])), name="donation_source_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("line_item", ""), _negated=True), name="donation_has_line_item"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("amount__isnull", True),
                            models.Q(("amount__gt", 0), ("amount__lt", 10000000)),
                            _connector="OR",
                        ),
                        name="donation_amount_plausible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("amount__isnull", False), ("paid_at__isnull", False), ("person__isnull", False)),
                            models.Q(
                                ("amount__isnull", True),
                                ("paid_at__isnull", True),
                                ("person__isnull", True),
                                ("refunded_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="donation_whole_or_refund_ahead",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("currency__regex", "^[A-Z]{3}$")), name="donation_currency_code"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CancelledRecurring",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "source",
                    models.CharField(
                        choices=[("actblue", "ActBlue"), ("file", "a file of donations"), ("hand", "entered by hand")],
                        max_length=8,
                    ),
                ),
                ("receipt", models.CharField(db_collation="C", max_length=80)),
                ("cancelled_at", models.DateTimeField()),
                ("recorded_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
            ],
            options={
                "verbose_name": "cancelled recurring donation",
                "verbose_name_plural": "cancelled recurring donations",
                "constraints": (
                    models.UniqueConstraint(fields=("receipt", "source"), name="cancelledrecurring_once_a_receipt"),
                    models.CheckConstraint(
                        condition=models.Q(("source__in", ["actblue", "file", "hand"])),
                        name="cancelledrecurring_source_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("receipt", ""), _negated=True), name="cancelledrecurring_has_receipt"
                    ),
                ),
            },
        ),
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("email", "one login, two people"),
                            ("phone", "same phone number"),
                            ("name_zip", "same name and ZIP code"),
                            ("spelling", "similar name, same ZIP code"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "to be looked at"), ("dismissed", "two people")],
                        db_default="open",
                        default="open",
                        max_length=10,
                    ),
                ),
                ("found_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "first",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="members.person"
                    ),
                ),
                (
                    "second",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="members.person"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "open")), fields=["found_at", "id"], name="duplicate_open"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("first", "second"), name="duplicate_once_a_pair"),
                    models.CheckConstraint(
                        condition=models.Q(("first__lt", models.F("second"))), name="duplicate_in_order"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason__in", ["email", "phone", "name_zip", "spelling"])),
                        name="duplicate_reason_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "dismissed"])), name="duplicate_state_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Erasure",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("key__regex", "^[0-9a-f]{64}$")), name="erasure_is_a_hash"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Merge",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("gone_id", models.BigIntegerField(db_index=True)),
                ("merged_at", models.DateTimeField()),
                ("undo_until", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                ("undo", models.JSONField(null=True)),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="merges", to="members.person"
                    ),
                ),
                (
                    "merged_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("undo__isnull", False)), fields=["undo_until"], name="merge_to_forget"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kept", models.F("gone_id")), _negated=True), name="merge_of_two"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("undo_until__gte", models.F("merged_at"))), name="merge_undo_after_merge"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("undone_at__isnull", True), ("undo__isnull", True), _connector="OR"),
                        name="merge_undone_keeps_nothing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonToCompare",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="members.person",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "people to compare",
            },
        ),
        migrations.CreateModel(
            name="PersonEmail",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("address", models.EmailField(db_collation="C", max_length=254, verbose_name="e-mail address")),
                ("is_primary", models.BooleanField(db_default=False, default=False)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="emails", to="members.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("address",),
                        name="personemail_one_owner",
                        violation_error_message="This e-mail address belongs to somebody already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("address", django.db.models.functions.text.Lower("address"))),
                        name="personemail_lower_case",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_primary", True)), fields=("person",), name="personemail_one_primary"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=4000, verbose_name="note")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "author",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="members.person"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "-at"], name="personnote_of_person")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="personnote_has_text")
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonPhone",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "number",
                    phonenumber_field.modelfields.PhoneNumberField(
                        db_collation="C", max_length=128, region=None, verbose_name="phone number"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="phones", to="members.person"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("number",),
                        name="personphone_one_owner",
                        violation_error_message="This phone number belongs to somebody already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("number__regex", "^\\+[1-9][0-9]{6,14}$")), name="personphone_e164"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="tag")),
            ],
            options={
                "ordering": ("name", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="tag_once",
                        violation_error_message="There is such a tag.",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="tag_has_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PersonTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="person_tags", to="members.person"
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="person_tags", to="members.tag"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "tag"), name="persontag_once")],
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("rules", models.JSONField()),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ("name", "id"),
                "constraints": [
                    models.UniqueConstraint(
                        django.db.models.functions.text.Lower("name"),
                        name="segment_once",
                        violation_error_message="There is a segment of this name.",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="segment_has_name"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Membership",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        primary_key=True,
                        related_name="membership",
                        serialize=False,
                        to="members.person",
                    ),
                ),
                ("since", models.DateTimeField(help_text="when the first basis happened")),
                ("is_basis", models.BooleanField(db_default=True, default=True)),
                (
                    "basis",
                    models.ForeignKey(
                        db_constraint=False,
                        db_index=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="members.activity",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["basis", "person", "is_basis"], name="membership_basis")],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("is_basis", True)), name="membership_basis_in_effect")
                ],
            },
        ),
        migrations.AddField(
            model_name="tag",
            name="people",
            field=models.ManyToManyField(related_name="tags", through="members.PersonTag", to="members.person"),
        ),
    ]
