import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models

import foundation.imports.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportJob",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=40)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploaded", "columns to be chosen"),
                            ("checking", "being checked"),
                            ("checked", "checked, to be confirmed"),
                            ("queued", "waiting to be loaded"),
                            ("running", "being loaded"),
                            ("done", "done"),
                            ("stopped", "stopped"),
                            ("failed", "failed"),
                        ],
                        default="uploaded",
                        max_length=10,
                    ),
                ),
                ("file_name", models.CharField(max_length=200, verbose_name="file name")),
                (
                    "file",
                    models.FileField(
                        blank=True,
                        max_length=120,
                        storage=foundation.imports.models.PrivateStorage(),
                        upload_to=foundation.imports.models._stored_name,
                    ),
                ),
                ("size", models.PositiveBigIntegerField(help_text="bytes of the stored file")),
                ("sha256", models.CharField(help_text="of the file as it was uploaded", max_length=64)),
                (
                    "encoding",
                    models.CharField(
                        choices=[
                            ("utf-8", "UTF-8"),
                            ("utf-8-sig", "UTF-8 with a byte order mark"),
                            ("utf-16", "UTF-16"),
                            ("cp1252", "Windows-1252 (Latin-1, Western European)"),
                        ],
                        max_length=10,
                    ),
                ),
                ("delimiter", models.CharField(max_length=1)),
                ("header", models.JSONField(default=list)),
                ("mapping", models.JSONField(blank=True, default=dict)),
                ("options", models.JSONField(blank=True, default=dict)),
                ("data_offset", models.PositiveBigIntegerField()),
                ("data_line", models.PositiveIntegerField()),
                ("bytes_done", models.PositiveBigIntegerField()),
                ("lines_done", models.PositiveIntegerField()),
                ("total_rows", models.PositiveIntegerField(blank=True, null=True)),
                ("rows_read", models.PositiveIntegerField(default=0)),
                ("loaded", models.PositiveIntegerField(default=0)),
                ("unchanged", models.PositiveIntegerField(default=0)),
                ("bad", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("started_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("claimed_by", models.CharField(blank=True, max_length=120)),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("rows_at_claim", models.PositiveIntegerField(default=0)),
                ("claims_without_progress", models.PositiveSmallIntegerField(default=0)),
                ("error", models.CharField(blank=True, max_length=500)),
                (
                    "owner",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "import",
                "verbose_name_plural": "imports",
                "indexes": [
                    models.Index(fields=["kind", "-created_at"], name="importjob_list"),
                    models.Index(fields=["kind", "sha256"], name="importjob_same_file"),
                    models.Index(
                        condition=models.Q(("state__in", ("checking", "queued", "running"))),
                        fields=["lease_until"],
                        name="importjob_to_do",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["uploaded", "checking", "checked", "queued", "running", "done", "stopped", "failed"],
                            )
                        ),
                        name="importjob_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("encoding__in", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])),
                        name="importjob_encoding_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("kind", ""), _negated=True), name="importjob_has_kind"),
                    models.CheckConstraint(
                        condition=models.Q(("sha256__regex", "^[0-9a-f]{64}$")), name="importjob_sha256_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "rows_read",
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("loaded"), "+", models.F("unchanged")
                                    ),
                                    "+",
                                    models.F("bad"),
                                ),
                            )
                        ),
                        name="importjob_counts_add_up",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("bytes_done__lte", models.F("size")), ("data_offset__lte", models.F("bytes_done"))
                        ),
                        name="importjob_progress_within_file",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_by", ""), ("lease_until__isnull", True)),
                            models.Q(
                                models.Q(("claimed_by", ""), _negated=True),
                                ("claimed_at__isnull", False),
                                ("lease_until__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="importjob_claim_has_lease",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("claimed_by", ""), models.Q(("state", "running"), _negated=True)),
                            models.Q(
                                models.Q(("claimed_by", ""), _negated=True), ("state__in", ("checking", "running"))
                            ),
                            _connector="OR",
                        ),
                        name="importjob_claimed_while_working",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                models.Q(("state__in", ("uploaded", "checking", "checked")), _negated=True),
                                ("confirmed_at__isnull", True),
                                _connector="OR",
                            ),
                            models.Q(
                                models.Q(("state__in", ("queued", "running", "done")), _negated=True),
                                ("confirmed_at__isnull", False),
                                _connector="OR",
                            ),
                        ),
                        name="importjob_confirmed_before_loading",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("bytes_done", models.F("size")), ("finished_at__isnull", False), ("state", "done")
                            ),
                            models.Q(models.Q(("state", "done"), _negated=True), ("finished_at__isnull", True)),
                            _connector="OR",
                        ),
                        name="importjob_done_read_it_all",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state", "running")), fields=("kind",), name="importjob_one_running_a_kind"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ImportRowError",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField(help_text="of the file, from 1; the header is a line too")),
                ("column", models.CharField(blank=True, max_length=120)),
                ("reason", models.CharField(max_length=500)),
                ("raw", models.CharField(blank=True, max_length=4000)),
                (
                    "job",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="row_errors", to="imports.importjob"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("job", "line"), name="importrowerror_once_a_line"),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="importrowerror_has_reason"
                    ),
                ],
            },
        ),
    ]
