import django.contrib.postgres.indexes
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

import foundation.places.fields


class Migration(migrations.Migration):
    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("affiliates", "0001_initial"),
        ("members", "0003_derived"),
        ("places", "0002_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Region",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                (
                    "organizer",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="staff organizer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Call",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("organizing", "organizing call"), ("regional", "regional call")], max_length=10
                    ),
                ),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                ("time_zone", models.CharField(max_length=40, verbose_name="time zone")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Spanish")],
                        default="en",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("join_link", models.URLField(max_length=300, verbose_name="link to join")),
                ("join_words", models.CharField(blank=True, max_length=300, verbose_name="how else to join")),
                ("capacity", models.PositiveIntegerField(blank=True, null=True, verbose_name="places")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField()),
                ("revision", models.PositiveIntegerField(default=0)),
                ("announced_at", models.DateTimeField(blank=True, null=True)),
                ("answers_sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "host",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="calls",
                        to="affiliates.region",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "starts_at"], name="call_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "organizing"), ("region__isnull", True)),
                            models.Q(("kind", "regional"), ("region__isnull", False)),
                            _connector="OR",
                        ),
                        name="call_regional_has_region",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="call_ends_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("join_link__regex", "^https?://")), name="call_link_is_web_address"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__isnull", True), ("capacity__gt", 0), _connector="OR"),
                        name="call_has_places",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "regional"),
                            models.Q(("announced_at__isnull", True), ("answers_sent_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="call_tells_groups_of_a_region",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgendaQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField()),
                ("text", models.CharField(max_length=500, verbose_name="question")),
                ("answer", models.TextField(blank=True, max_length=4000, verbose_name="answer")),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                (
                    "answered_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
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
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="affiliates.group"
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="affiliates.call"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("answer", ""), ("answered_at__isnull", True)),
                            models.Q(("answer__gt", ""), ("answered_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="agendaquestion_answered_whole",
                    ),
                    models.CheckConstraint(condition=models.Q(("text__gt", "")), name="agendaquestion_asks"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementTemplate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("version", models.PositiveIntegerField(verbose_name="version")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("published", "published")], default="draft", max_length=10
                    ),
                ),
                ("texts", models.JSONField()),
                (
                    "binding_language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "published_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("version",), name="agreementtemplate_one_a_version"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "draft")), fields=("state",), name="agreementtemplate_one_draft"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "published"])), name="agreementtemplate_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("published_at__isnull", True), ("sha256", ""), ("state", "draft")),
                            models.Q(
                                ("published_at__isnull", False),
                                ("sha256__regex", "^[0-9a-f]{64}$"),
                                ("state", "published"),
                            ),
                            _connector="OR",
                        ),
                        name="agreementtemplate_published_is_hashed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Agreement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "origin",
                    models.CharField(
                        choices=[
                            ("here", "on this site"),
                            ("elsewhere", "elsewhere, before the group came to this site"),
                        ],
                        default="here",
                        max_length=10,
                    ),
                ),
                ("language", models.CharField(choices=[("en", "English"), ("es", "Spanish")], max_length=5)),
                ("reference", models.CharField(max_length=16, verbose_name="reference number")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("preparing", "being written out"),
                            ("shown", "to be signed"),
                            ("signed", "signed, to be countersigned"),
                            ("in_force", "in force"),
                            ("withdrawn", "withdrawn, not in force"),
                            ("declined", "declined"),
                            ("expired", "not signed in time"),
                            ("ended", "ended"),
                            ("lapsed", "lapsed: a newer version was not signed"),
                            ("replaced", "replaced by a newer one"),
                        ],
                        default="preparing",
                        max_length=10,
                    ),
                ),
                ("created_at", models.DateTimeField()),
                (
                    "expires_at",
                    models.DateTimeField(blank=True, help_text="when it can no longer be signed", null=True),
                ),
                ("understood_at", models.DateTimeField(blank=True, null=True)),
                (
                    "reminders",
                    models.PositiveSmallIntegerField(default=0, help_text="how often the group was reminded to sign"),
                ),
                ("pdf", models.BinaryField(blank=True, null=True)),
                ("pdf_sha256", models.CharField(blank=True, max_length=64)),
                ("signed_name", models.CharField(blank=True, max_length=120)),
                ("signed_title", models.CharField(blank=True, max_length=120)),
                ("signed_at", models.DateTimeField(blank=True, null=True)),
                ("countersigned_name", models.CharField(blank=True, max_length=120)),
                ("countersigned_at", models.DateTimeField(blank=True, null=True)),
                ("sealed_pdf", models.BinaryField(blank=True, null=True)),
                ("sealed_sha256", models.CharField(blank=True, max_length=64)),
                ("certificate_pdf", models.BinaryField(blank=True, null=True)),
                ("sealed_at", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(blank=True, help_text="why it was declined or ended", max_length=1000)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "ended_by",
                    models.CharField(
                        blank=True, choices=[("group", "the group"), ("network", "the network")], max_length=8
                    ),
                ),
                (
                    "ended_for",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("illegal", "illegal activity"),
                            ("breach", "the agreement was not kept"),
                            ("conduct", "conduct towards members or the public"),
                            ("inactive", "the group is no longer active"),
                            ("other", "another reason"),
                        ],
                        max_length=10,
                    ),
                ),
                ("return_allowed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "countersigned_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="agreements", to="affiliates.group"
                    ),
                ),
                (
                    "prepared_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "signed_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "understood_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "template",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="affiliates.agreementtemplate",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["group", "-created_at"], name="agreement_of_group"),
                    models.Index(
                        condition=models.Q(
                            ("countersigned_at__isnull", False), ("origin", "here"), ("sealed_at__isnull", True)
                        ),
                        fields=["countersigned_at"],
                        name="agreement_to_seal",
                    ),
                    models.Index(
                        condition=models.Q(("state", "signed")), fields=["signed_at"], name="agreement_to_countersign"
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("preparing", "shown", "signed"))),
                        fields=["expires_at"],
                        name="agreement_to_expire",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("reference",), name="agreement_reference_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "in_force")), fields=("group",), name="agreement_one_in_force"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("preparing", "shown", "signed"))),
                        fields=("group",),
                        name="agreement_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "preparing",
                                    "shown",
                                    "signed",
                                    "in_force",
                                    "withdrawn",
                                    "declined",
                                    "expired",
                                    "ended",
                                    "lapsed",
                                    "replaced",
                                ],
                            )
                        ),
                        name="agreement_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("expires_at__isnull", False), ("origin", "here"), ("template__isnull", False)),
                            models.Q(
                                ("origin", "elsewhere"),
                                ("pdf__isnull", True),
                                ("sealed_at__isnull", True),
                                ("state__in", ("in_force", "ended", "lapsed", "replaced")),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_origin_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("origin", "elsewhere"),
                            ("state__in", ["preparing", "expired", "withdrawn"]),
                            models.Q(("pdf__isnull", False), ("pdf_sha256__regex", "^[0-9a-f]{64}$")),
                            _connector="OR",
                        ),
                        name="agreement_shown_has_bytes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("origin", "elsewhere"),
                            models.Q(
                                ("state__in", ["signed", "in_force", "ended", "lapsed", "replaced"]), _negated=True
                            ),
                            models.Q(
                                ("signed_at__isnull", False),
                                ("signed_name__gt", ""),
                                ("signed_title__gt", ""),
                                ("understood_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_signed_has_signer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("countersigned_at__isnull", False),
                                ("state__in", ("in_force", "ended", "lapsed", "replaced")),
                            ),
                            models.Q(
                                models.Q(("state__in", ("in_force", "ended", "lapsed", "replaced")), _negated=True),
                                ("countersigned_at__isnull", True),
                                ("countersigned_by__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_in_force_is_countersigned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("countersigned_by__isnull", True),
                            ("signed_by__isnull", True),
                            models.Q(("countersigned_by", models.F("signed_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="agreement_two_people",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("certificate_pdf__isnull", True),
                                ("sealed_at__isnull", True),
                                ("sealed_pdf__isnull", True),
                            ),
                            models.Q(
                                ("certificate_pdf__isnull", False),
                                ("sealed_at__isnull", False),
                                ("sealed_pdf__isnull", False),
                                ("sealed_sha256__regex", "^[0-9a-f]{64}$"),
                                ("state__in", ("in_force", "ended", "lapsed", "replaced")),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_sealed_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", False), ("state__in", ("ended", "lapsed", "replaced"))),
                            models.Q(
                                models.Q(("state__in", ("ended", "lapsed", "replaced")), _negated=True),
                                ("ended_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="agreement_over_has_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_by", "network"), _negated=True), ("reason__gt", ""), _connector="OR"
                        ),
                        name="agreement_network_says_why",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("ended_by", "network"),
                                ("ended_for__in", ["", "illegal", "breach", "conduct", "inactive", "other"]),
                            ),
                            models.Q(("ended_for", ""), ("return_allowed_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="agreement_network_allows_return",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AgreementEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("kind", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("data", models.JSONField(default=dict)),
                ("previous", models.CharField(blank=True, max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="events", to="affiliates.agreement"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("agreement", "number"), name="agreementevent_in_a_row"),
                    models.UniqueConstraint(fields=("agreement", "previous"), name="agreementevent_no_fork"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("number", 1), ("previous", "")),
                            models.Q(("number__gt", 1), ("previous__regex", "^[0-9a-f]{64}$")),
                            _connector="OR",
                        ),
                        name="agreementevent_chained",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="agreementevent_hashed"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Application",
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
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "being filled in"),
                            ("filed", "filed: national staff read it"),
                            ("changes_asked", "staff asked for changes"),
                            ("approved", "approved: to be countersigned"),
                            ("accepted", "accepted: the agreement is in force"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="draft",
                        max_length=15,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("applicant_name", models.CharField(blank=True, max_length=120, verbose_name="your name")),
                ("applicant_phone", models.CharField(blank=True, max_length=40, verbose_name="your phone number")),
                ("country", models.CharField(default="US", max_length=2, verbose_name="country")),
                ("state_code", models.CharField(blank=True, max_length=2, verbose_name="state")),
                ("place_name", models.CharField(blank=True, max_length=120, verbose_name="place")),
                ("time_zone", models.CharField(blank=True, max_length=40, verbose_name="time zone")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name of the group")),
                ("name_key", models.CharField(blank=True, editable=False, max_length=240)),
                ("neighbours_seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "why_another",
                    models.TextField(blank=True, max_length=2000, verbose_name="why another group is needed"),
                ),
                ("plan_issues", models.TextField(blank=True, max_length=4000, verbose_name="local issues")),
                ("plan_actions", models.TextField(blank=True, max_length=4000, verbose_name="actions")),
                (
                    "plan_priorities",
                    models.TextField(
                        blank=True, max_length=4000, verbose_name="how these serve the network’s priorities"
                    ),
                ),
                ("contacts_done_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("filed_at", models.DateTimeField(blank=True, null=True)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("call_waived_because", models.CharField(blank=True, max_length=500)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                (
                    "applicant",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="applications",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assigned_to",
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
                    "group",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="application",
                        to="affiliates.group",
                    ),
                ),
                (
                    "zip_code",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="places.zipcode",
                        verbose_name="ZIP code",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(fields=["position"], name="application_position"),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name_key"], name="application_name_trigrams", opclasses=["gin_trgm_ops"]
                    ),
                    models.Index(
                        condition=models.Q(("state__in", ("filed", "approved"))),
                        fields=["waiting_since", "id"],
                        name="application_of_staff",
                    ),
                    models.Index(
                        condition=models.Q(("state", "draft")), fields=["changed_at"], name="application_drafts"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="application_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="application_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="application_point_not_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["draft", "filed", "changes_asked", "approved", "accepted", "declined", "withdrawn"],
                            )
                        ),
                        name="application_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["draft", "withdrawn"]),
                            models.Q(
                                ("filed_at__isnull", False),
                                ("group__isnull", False),
                                ("name__gt", ""),
                                ("place_name__gt", ""),
                                ("plan_issues__gt", ""),
                            ),
                            _connector="OR",
                        ),
                        name="application_filed_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", False), ("state", "declined")),
                            models.Q(("decided_at__isnull", False), ("state", "accepted")),
                            models.Q(
                                models.Q(("state__in", ["declined", "accepted"]), _negated=True),
                                ("decided_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="application_decided_when_over",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ApplicationEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "side",
                    models.CharField(choices=[("applicant", "the group"), ("staff", "national staff")], max_length=10),
                ),
                ("kind", models.CharField(max_length=30)),
                ("text", models.TextField(blank=True, max_length=4000)),
                ("asked", models.JSONField(default=dict)),
                ("is_internal", models.BooleanField(default=False)),
                (
                    "actor",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="events", to="affiliates.application"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["application", "id"], name="applicationevent_in_order")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("side__in", ["applicant", "staff"])), name="applicationevent_side_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_internal", False), ("side", "staff"), _connector="OR"),
                        name="applicationevent_internal_is_staffs",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CallAnswer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("answered_at", models.DateTimeField()),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_again_at", models.DateTimeField(blank=True, null=True)),
                ("attended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "attendance_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="answers", to="affiliates.call"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="call_answers", to="members.person"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("call", "person"), name="callanswer_once")],
            },
        ),
        migrations.CreateModel(
            name="NameDispute",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120)),
                ("opened_at", models.DateTimeField()),
                ("settled_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("keeps", "the applicant keeps the name"),
                            ("renamed", "the applicant takes another name"),
                            ("joined", "the applicant joins the other group"),
                            ("other_renamed", "the other group takes another name"),
                        ],
                        max_length=15,
                    ),
                ),
                ("because", models.CharField(blank=True, max_length=1000)),
                (
                    "application",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="disputes",
                        to="affiliates.application",
                    ),
                ),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "other_application",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="affiliates.application",
                    ),
                ),
                (
                    "other_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="affiliates.group",
                    ),
                ),
                (
                    "settled_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("other_application__isnull", True), ("other_group__isnull", False)),
                            models.Q(("other_application__isnull", False), ("other_group__isnull", True)),
                            _connector="OR",
                        ),
                        name="namedispute_with_one",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("settled_at__isnull", True)),
                            models.Q(
                                ("because__gt", ""),
                                ("outcome__in", ["keeps", "renamed", "joined", "other_renamed"]),
                                ("settled_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="namedispute_settled_whole",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("settled_at__isnull", True)),
                        fields=("application", "other_group", "other_application"),
                        name="namedispute_one_open",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DisputeNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("text", models.TextField(max_length=4000)),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "dispute",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="affiliates.namedispute"
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("what", models.CharField(max_length=300, verbose_name="what")),
                ("who", models.CharField(max_length=120, verbose_name="who")),
                ("due", models.DateField(verbose_name="by")),
                ("created_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "call",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="follow_ups", to="affiliates.call"
                    ),
                ),
                (
                    "done_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "question",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="follow_ups",
                        to="affiliates.agendaquestion",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("what__gt", ""), ("who__gt", "")), name="followup_says_what_and_who"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FundraisingOffice",
            fields=[
                ("state", models.CharField(max_length=2, primary_key=True, serialize=False, verbose_name="state")),
                ("office", models.CharField(max_length=200, verbose_name="office")),
                ("url", models.URLField(max_length=300, verbose_name="address")),
                ("note", models.TextField(blank=True, max_length=2000, verbose_name="note")),
                ("note_es", models.TextField(blank=True, max_length=2000, verbose_name="note in Spanish")),
                ("checked_on", models.DateField(blank=True, null=True, verbose_name="link seen to work on")),
                ("changed_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("url__regex", "^https?://")), name="fundraisingoffice_is_web_address"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=120, verbose_name="subject")),
                ("text", models.TextField(max_length=10000, verbose_name="message")),
                ("reply_to", models.EmailField(blank=True, max_length=254)),
                ("at", models.DateTimeField()),
                ("queued_up_to", models.BigIntegerField(default=0)),
                ("queued_at", models.DateTimeField(blank=True, null=True)),
                ("recipients", models.PositiveIntegerField(default=0)),
                ("stopped_at", models.DateTimeField(blank=True, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="affiliates.group"
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
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
                        condition=models.Q(("queued_at__isnull", True), ("stopped_at__isnull", True)),
                        fields=["at"],
                        name="groupmessage_to_queue",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject__gt", ""), ("text__gt", "")), name="groupmessage_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("queued_at__isnull", True), ("stopped_at__isnull", True), _connector="OR"),
                        name="groupmessage_has_one_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RegionPart",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("country", models.CharField(default="US", max_length=2)),
                ("state", models.CharField(blank=True, max_length=2)),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="affiliates.region"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("country", "state"), name="regionpart_in_one_region"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("country", "US"), ("state__gt", "")),
                            models.Q(models.Q(("country", "US"), _negated=True), ("state", "")),
                            _connector="OR",
                        ),
                        name="regionpart_whole",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ResigningRound",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("opened_at", models.DateTimeField()),
                (
                    "due_at",
                    models.DateTimeField(help_text="until when groups may sign; those that have not lapse then"),
                ),
                (
                    "note",
                    models.CharField(blank=True, help_text="what is new, for the groups to read", max_length=1000),
                ),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "opened_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "template",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="round",
                        to="affiliates.agreementtemplate",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("closed_at"),
                        condition=models.Q(("closed_at__isnull", True)),
                        name="resigninground_one_open",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("due_at__gt", models.F("opened_at"))), name="resigninground_due_later"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ResigningNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="affiliates.group"
                    ),
                ),
                (
                    "round",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="affiliates.resigninground",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("round", "group", "days"), name="resigningnotice_once", nulls_distinct=False
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RoleInvitation",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(max_length=254)),
                ("name", models.CharField(blank=True, max_length=120)),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("contact", "point of contact: signs the agreement and casts the group's ballot"),
                            ("organizer", "organizer: keeps the page, the roster and the events"),
                            ("helper", "check-in helper: checks people in at events, and sees nothing else"),
                        ],
                        max_length=12,
                    ),
                ),
                ("hands_over", models.BooleanField(default=False)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("revoked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "accepted_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="invitations", to="affiliates.group"
                    ),
                ),
                (
                    "invited_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("accepted_at__isnull", True), ("revoked_at__isnull", True)),
                        fields=("group", "email", "role"),
                        name="roleinvitation_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["contact", "organizer", "helper"])),
                        name="roleinvitation_role_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="roleinvitation_email_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", True), ("revoked_at__isnull", True), _connector="OR"
                        ),
                        name="roleinvitation_one_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                ("text", models.TextField(max_length=2000, verbose_name="note")),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notes", to="affiliates.rosterentry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("text__gt", "")), name="rosternote_says_something")
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterTag",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=40, verbose_name="tag")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roster_tags", to="affiliates.group"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        models.F("group"), django.db.models.functions.text.Lower("name"), name="rostertag_once"
                    ),
                    models.CheckConstraint(condition=models.Q(("name__gt", "")), name="rostertag_has_name"),
                ],
            },
        ),
        migrations.RemoveConstraint(
            model_name="grouprole",
            name="grouprole_known",
        ),
        migrations.AlterField(
            model_name="grouprole",
            name="role",
            field=models.CharField(
                choices=[
                    ("contact", "point of contact: signs the agreement and casts the group's ballot"),
                    ("organizer", "organizer: keeps the page, the roster and the events"),
                    ("helper", "check-in helper: checks people in at events, and sees nothing else"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="grouprole",
            constraint=models.CheckConstraint(
                condition=models.Q(("role__in", ["contact", "organizer", "helper"])), name="grouprole_known"
            ),
        ),
        migrations.AddField(
            model_name="rostertag",
            name="entries",
            field=models.ManyToManyField(blank=True, related_name="tags", to="affiliates.rosterentry"),
        ),
        migrations.RemoveConstraint(
            model_name="rosterentry",
            name="rosterentry_how_known",
        ),
        migrations.AlterField(
            model_name="rosterentry",
            name="how",
            field=models.CharField(
                choices=[
                    ("group_page", "joined on the group's page"),
                    ("form", "signed up on its form"),
                    ("network", "joined the network and chose this group"),
                    ("event", "answered one of its events"),
                    ("invited", "was invited by an organizer and said yes"),
                ],
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="rosterentry",
            constraint=models.CheckConstraint(
                condition=models.Q(("how__in", ["group_page", "form", "network", "event", "invited"])),
                name="rosterentry_how_known",
            ),
        ),
        migrations.AddIndex(
            model_name="rosterentry",
            index=models.Index(fields=["group", "-joined_at", "-id"], name="rosterentry_newest"),
        ),
        migrations.AddField(
            model_name="signup",
            name="is_invitation",
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.AddConstraint(
            model_name="signup",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_invitation", False),
                    models.Q(("form__isnull", True), ("group__isnull", False)),
                    _connector="OR",
                ),
                name="signup_invited_to_group",
            ),
        ),
    ]
