import datetime

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("affiliates", "0003_agreement_guards"),
        ("events", "0002_guards"),
        ("mail", "0001_initial"),
        ("members", "0004_once_a_statement"),
    ]

    operations = [
        migrations.CreateModel(
            name="Promotion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=120, verbose_name="subject")),
                ("intro", models.TextField(max_length=2000, verbose_name="introduction")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Spanish")],
                        max_length=5,
                        verbose_name="language of the introduction",
                    ),
                ),
                (
                    "radius_miles",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="at most so many miles away"),
                ),
                ("wanted", models.PositiveIntegerField(default=4000, verbose_name="at most so many people")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("requested", "waiting for national"),
                            ("asked", "national asks for changes"),
                            ("approved", "approved, waiting for its time"),
                            ("sending", "being sent"),
                            ("paused", "paused by national"),
                            ("sent", "sent"),
                            ("declined", "declined"),
                            ("cancelled", "cancelled"),
                        ],
                        default="requested",
                        max_length=10,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0)),
                ("requested_at", models.DateTimeField()),
                ("words", models.CharField(blank=True, max_length=1000)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("send_at", models.DateTimeField(blank=True, null=True)),
                ("launched_at", models.DateTimeField(blank=True, null=True)),
                ("reach_miles", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("audience", models.PositiveIntegerField(default=0)),
                ("queued_up_to", models.PositiveIntegerField(default=0)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="promotions", to="events.event"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="promotions", to="affiliates.group"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "requested")), fields=["requested_at"], name="promotion_queue"
                    ),
                    models.Index(
                        condition=models.Q(("state", "approved")), fields=["send_at"], name="promotion_to_launch"
                    ),
                    models.Index(fields=["group", "-requested_at"], name="promotion_of_group"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("declined", "cancelled")), _negated=True),
                        fields=("event",),
                        name="promotion_one_an_event",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "requested",
                                    "asked",
                                    "approved",
                                    "sending",
                                    "paused",
                                    "sent",
                                    "declined",
                                    "cancelled",
                                ],
                            )
                        ),
                        name="promotion_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["en", "es"])), name="promotion_language_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("intro__gt", ""),
                            ("subject__gt", ""),
                            models.Q(("subject__regex", "[\\r\\n]"), _negated=True),
                        ),
                        name="promotion_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("wanted__range", (1, 4000))), name="promotion_wants_at_most_4000"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("audience__lte", models.F("wanted"))),
                        name="promotion_reaches_no_more_than_wanted",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("radius_miles__isnull", True), ("radius_miles__range", (1, 100)), _connector="OR"
                        ),
                        name="promotion_radius_at_most_100",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at__isnull", False),
                                ("launched_at__isnull", False),
                                ("state__in", ("sending", "paused", "sent")),
                            ),
                            models.Q(("approved_at__isnull", False), ("send_at__isnull", False), ("state", "approved")),
                            models.Q(("cancelled_at__isnull", False), ("state", "cancelled")),
                            ("state__in", ("requested", "asked", "declined")),
                            _connector="OR",
                        ),
                        name="promotion_state_has_times",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", False), ("state", "sent")),
                            models.Q(models.Q(("state", "sent"), _negated=True), ("finished_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="promotion_finished_when_sent",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromotionRecipient",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveSmallIntegerField()),
                ("email", models.EmailField(blank=True, db_collation="C", max_length=254)),
                ("score", models.FloatField()),
                ("miles", models.FloatField()),
                ("chosen_at", models.DateTimeField()),
                ("cools_until", models.DateTimeField()),
                ("called_off_at", models.DateTimeField(blank=True, null=True)),
                (
                    "mail",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="promoted_to",
                        to="mail.outgoingmail",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="promotions_received",
                        to="members.person",
                    ),
                ),
                (
                    "promotion",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="recipients", to="events.promotion"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("number__range", (1, 4000))), name="promotionrecipient_at_most_4000"
                    ),
                    models.UniqueConstraint(fields=("promotion", "number"), name="promotionrecipient_one_a_number"),
                    models.UniqueConstraint(fields=("promotion", "person"), name="promotionrecipient_once_a_person"),
                    models.UniqueConstraint(
                        condition=models.Q(("email", ""), _negated=True),
                        fields=("promotion", "email"),
                        name="promotionrecipient_once_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "cools_until__gte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("chosen_at"), "+", models.Value(datetime.timedelta(days=14))
                                ),
                            )
                        ),
                        name="promotionrecipient_cools_two_weeks",
                    ),
                    django.contrib.postgres.constraints.ExclusionConstraint(
                        condition=models.Q(("called_off_at__isnull", True), ("person__isnull", False)),
                        expressions=[
                            ("person", "="),
                            (
                                models.Func(
                                    "chosen_at",
                                    "cools_until",
                                    function="tstzrange",
                                    output_field=django.contrib.postgres.fields.ranges.DateTimeRangeField(),
                                ),
                                "&&",
                            ),
                        ],
                        name="promotionrecipient_no_other_promotion_meanwhile",
                    ),
                ],
            },
        ),
    ]
