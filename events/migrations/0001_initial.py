import datetime

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.math
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.contrib.postgres.operations import CreateExtension
from django.db import migrations, models

import foundation.places.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("affiliates", "0003_agreement_guards"),
        ("members", "0003_derived"),
        ("places", "0002_initial"),
    ]

    operations = [
        # The nearest events that are still to come are found by one index over the position and the time.
        CreateExtension("btree_gist"),
        migrations.CreateModel(
            name="CalendarFeed",
            fields=[
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="calendar_feed",
                        serialize=False,
                        to="members.person",
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=1)),
                ("made_at", models.DateTimeField()),
                ("last_read_at", models.DateTimeField(blank=True, null=True)),
            ],
        ),
        migrations.CreateModel(
            name="Campaign",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address of its page")),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("about", models.TextField(max_length=4000, verbose_name="what it is about")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("open", "open to hosts"), ("closed", "closed")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("kind", models.CharField(max_length=12, verbose_name="kind of event")),
                ("starts_on", models.DateField(verbose_name="first day")),
                ("ends_on", models.DateField(verbose_name="last day")),
                (
                    "states",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=2), blank=True, default=list, verbose_name="states"
                    ),
                ),
                (
                    "event_title",
                    models.CharField(blank=True, max_length=120, verbose_name="title for the local events"),
                ),
                (
                    "event_about",
                    models.TextField(blank=True, max_length=4000, verbose_name="text for the local events"),
                ),
                ("kit", models.TextField(blank=True, max_length=20000, verbose_name="host kit")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "follow_up_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="follow_ups",
                        to="events.campaign",
                    ),
                ),
                (
                    "made_by",
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
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="campaign_slug_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "open", "closed"])), name="campaign_state_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("title__gt", "")), name="campaign_has_title"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="campaign_ends_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("follow_up_of__isnull", True),
                            models.Q(("follow_up_of", models.F("pk")), _negated=True),
                            _connector="OR",
                        ),
                        name="campaign_follows_another",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Series",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rule", models.CharField(max_length=200)),
                ("starts_local", models.DateTimeField()),
                ("time_zone", models.CharField(max_length=40)),
                (
                    "left_out",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=19), blank=True, default=list
                    ),
                ),
                ("created_at", models.DateTimeField()),
            ],
            options={
                "verbose_name_plural": "series",
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("rule__startswith", "FREQ=")), name="series_has_rule"),
                    models.CheckConstraint(
                        condition=models.Q(("rule__contains", "COUNT="), ("rule__contains", "UNTIL="), _connector="OR"),
                        name="series_comes_to_an_end",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Event",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("latitude", models.FloatField(blank=True, null=True, verbose_name="latitude")),
                ("longitude", models.FloatField(blank=True, null=True, verbose_name="longitude")),
                (
                    "shown_latitude",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(is_address_public=True, then=models.F("latitude")),
                            default=django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.functions.math.Floor(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("latitude"), "*", models.Value(20.0)
                                        )
                                    ),
                                    "+",
                                    models.Value(0.5),
                                ),
                                "/",
                                models.Value(20.0),
                            ),
                            output_field=models.FloatField(),
                        ),
                        output_field=models.FloatField(),
                    ),
                ),
                (
                    "shown_longitude",
                    models.GeneratedField(
                        db_persist=True,
                        expression=models.Case(
                            models.When(is_address_public=True, then=models.F("longitude")),
                            default=django.db.models.expressions.CombinedExpression(
                                django.db.models.expressions.CombinedExpression(
                                    django.db.models.functions.math.Floor(
                                        django.db.models.expressions.CombinedExpression(
                                            models.F("longitude"), "*", models.Value(20.0)
                                        )
                                    ),
                                    "+",
                                    models.Value(0.5),
                                ),
                                "/",
                                models.Value(20.0),
                            ),
                            output_field=models.FloatField(),
                        ),
                        output_field=models.FloatField(),
                    ),
                ),
                (
                    "position",
                    models.GeneratedField(
                        db_persist=True,
                        expression=foundation.places.fields.Position(
                            models.Case(
                                models.When(is_address_public=True, then=models.F("latitude")),
                                default=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.functions.math.Floor(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("latitude"), "*", models.Value(20.0)
                                            )
                                        ),
                                        "+",
                                        models.Value(0.5),
                                    ),
                                    "/",
                                    models.Value(20.0),
                                ),
                                output_field=models.FloatField(),
                            ),
                            models.Case(
                                models.When(is_address_public=True, then=models.F("longitude")),
                                default=django.db.models.expressions.CombinedExpression(
                                    django.db.models.expressions.CombinedExpression(
                                        django.db.models.functions.math.Floor(
                                            django.db.models.expressions.CombinedExpression(
                                                models.F("longitude"), "*", models.Value(20.0)
                                            )
                                        ),
                                        "+",
                                        models.Value(0.5),
                                    ),
                                    "/",
                                    models.Value(20.0),
                                ),
                                output_field=models.FloatField(),
                            ),
                        ),
                        output_field=foundation.places.fields.CubeField(),
                    ),
                ),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address of its page")),
                ("series_date", models.DateTimeField(blank=True, null=True)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("meeting", "meeting"),
                            ("training", "training"),
                            ("watch_party", "watch party"),
                            ("phone_bank", "phone bank"),
                            ("canvass", "canvass"),
                            ("rally", "rally"),
                            ("call", "call"),
                        ],
                        max_length=12,
                        verbose_name="kind",
                    ),
                ),
                (
                    "format",
                    models.CharField(
                        choices=[("in_person", "in person"), ("online", "online"), ("hybrid", "in person and online")],
                        default="in_person",
                        max_length=10,
                        verbose_name="how people come",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("about", models.TextField(blank=True, max_length=4000, verbose_name="what happens")),
                (
                    "language",
                    models.CharField(
                        choices=[("en", "English"), ("es", "Spanish")],
                        default="en",
                        max_length=5,
                        verbose_name="language of the text",
                    ),
                ),
                (
                    "spoken",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40),
                        blank=True,
                        default=list,
                        verbose_name="languages spoken",
                    ),
                ),
                (
                    "access",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("step_free", "step-free way in"),
                                ("step_free_toilet", "toilet that a wheelchair can use"),
                                ("hearing_loop", "hearing loop"),
                                ("captions", "live captions"),
                                ("sign_language", "sign language interpreter"),
                                ("scent_free", "scent-free"),
                                ("children", "children welcome, with something to do"),
                                ("transit", "near public transport"),
                                ("parking", "parking close by"),
                            ],
                            max_length=20,
                        ),
                        blank=True,
                        default=list,
                        verbose_name="accessibility",
                    ),
                ),
                (
                    "access_notes",
                    models.CharField(blank=True, max_length=500, verbose_name="more on getting in and around"),
                ),
                ("starts_at", models.DateTimeField(verbose_name="begins")),
                ("ends_at", models.DateTimeField(verbose_name="ends")),
                ("time_zone", models.CharField(max_length=40, verbose_name="time zone")),
                ("venue_name", models.CharField(blank=True, max_length=120, verbose_name="name of the venue")),
                ("address", models.CharField(blank=True, max_length=200, verbose_name="street address")),
                ("country", models.CharField(default="US", max_length=2, verbose_name="country")),
                ("state_code", models.CharField(blank=True, max_length=2, verbose_name="state")),
                ("place_name", models.CharField(blank=True, max_length=120, verbose_name="city")),
                ("is_address_public", models.BooleanField(default=True)),
                ("join_link", models.URLField(blank=True, max_length=300, verbose_name="link to join")),
                ("join_words", models.CharField(blank=True, max_length=300, verbose_name="how else to join")),
                ("is_link_public", models.BooleanField(default=False)),
                ("capacity", models.PositiveIntegerField(blank=True, null=True, verbose_name="places")),
                ("taken", models.PositiveIntegerField(db_default=0, default=0, editable=False)),
                (
                    "most_guests",
                    models.PositiveSmallIntegerField(default=3, verbose_name="guests that one person may bring"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("draft", "draft"),
                            ("submitted", "waiting for national"),
                            ("approved", "approved"),
                            ("declined", "declined"),
                            ("cancelled", "cancelled"),
                        ],
                        default="draft",
                        max_length=10,
                    ),
                ),
                ("is_listed", models.BooleanField(default=True, verbose_name="shown in searches and on the map")),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("submitted_at", models.DateTimeField(blank=True, null=True)),
                ("approved_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("asked", models.CharField(blank=True, max_length=1000)),
                ("cancelled_because", models.CharField(blank=True, max_length=500)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("sequence", models.PositiveIntegerField(default=0)),
                ("moved_at", models.DateTimeField(blank=True, null=True)),
                ("attendance_code", models.CharField(blank=True, max_length=20)),
                ("door_revision", models.PositiveIntegerField(default=0)),
                ("import_key", models.CharField(blank=True, editable=False, max_length=200, null=True, unique=True)),
                (
                    "call",
                    models.OneToOneField(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="event",
                        to="affiliates.call",
                    ),
                ),
                (
                    "campaign",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="events.campaign",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="affiliates.group",
                    ),
                ),
                (
                    "made_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
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
                (
                    "series",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="events",
                        to="events.series",
                    ),
                ),
            ],
            options={
                "verbose_name": "event",
                "verbose_name_plural": "events",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("is_listed", True), ("state", "approved")),
                        fields=["position", "ends_at"],
                        name="event_nearest",
                    ),
                    models.Index(condition=models.Q(("state", "approved")), fields=["ends_at"], name="event_by_end"),
                    models.Index(
                        condition=models.Q(("is_listed", True), ("state", "approved")),
                        fields=["starts_at", "ends_at"],
                        name="event_by_start",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("format__in", ("online", "hybrid")), ("is_listed", True), ("state", "approved")
                        ),
                        fields=["starts_at", "ends_at"],
                        name="event_online_by_start",
                    ),
                    models.Index(fields=["group", "starts_at"], name="event_of_group"),
                    models.Index(
                        condition=models.Q(("state", "submitted")), fields=["submitted_at"], name="event_queue"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="event_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="event_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="event_point_not_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="event_slug_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "slug__in",
                                (
                                    "answer",
                                    "answers",
                                    "calendar",
                                    "code",
                                    "door",
                                    "map",
                                    "mine",
                                    "near",
                                    "new",
                                    "ticket",
                                ),
                            ),
                            _negated=True,
                        ),
                        name="event_slug_not_reserved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["meeting", "training", "watch_party", "phone_bank", "canvass", "rally", "call"],
                            )
                        ),
                        name="event_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("format__in", ["in_person", "online", "hybrid"])), name="event_format_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "submitted", "approved", "declined", "cancelled"])),
                        name="event_state_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("title__gt", "")), name="event_has_title"),
                    models.CheckConstraint(
                        condition=models.Q(("ends_at__gt", models.F("starts_at"))), name="event_ends_later"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "ends_at__lte",
                                django.db.models.expressions.CombinedExpression(
                                    models.F("starts_at"), "+", models.Value(datetime.timedelta(days=14))
                                ),
                            )
                        ),
                        name="event_two_weeks_at_most",
                    ),
                    models.CheckConstraint(condition=models.Q(("time_zone__gt", "")), name="event_has_zone"),
                    models.CheckConstraint(
                        condition=models.Q(("language__in", ["en", "es"])), name="event_language_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "access__contained_by",
                                [
                                    "step_free",
                                    "step_free_toilet",
                                    "hearing_loop",
                                    "captions",
                                    "sign_language",
                                    "scent_free",
                                    "children",
                                    "transit",
                                    "parking",
                                ],
                            )
                        ),
                        name="event_access_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("join_link", ""), ("join_link__regex", "^https?://"), _connector="OR"),
                        name="event_link_is_web_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "approved"), _negated=True),
                            ("format", "online"),
                            models.Q(("latitude__isnull", False), ("place_name__gt", "")),
                            _connector="OR",
                        ),
                        name="event_approved_lies_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("approved_at__isnull", False), ("cancelled_at__isnull", True), ("state", "approved")
                            ),
                            models.Q(("cancelled_at__isnull", False), ("state", "cancelled")),
                            models.Q(
                                ("approved_at__isnull", True),
                                ("cancelled_at__isnull", True),
                                ("state__in", ("draft", "submitted", "declined")),
                            ),
                            _connector="OR",
                        ),
                        name="event_state_has_times",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("capacity__isnull", True), ("capacity__gt", 0), _connector="OR"),
                        name="event_has_places",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("capacity__isnull", True), ("taken__lte", models.F("capacity")), _connector="OR"
                        ),
                        name="event_not_over_capacity",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("most_guests__lte", 9)), name="event_guests_at_most_nine"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("series__isnull", True), ("series_date__isnull", True)),
                            models.Q(("series__isnull", False), ("series_date__isnull", False)),
                            _connector="OR",
                        ),
                        name="event_of_series_has_date",
                    ),
                    models.UniqueConstraint(fields=("series", "series_date"), name="event_once_a_date_of_series"),
                ],
            },
        ),
        migrations.CreateModel(
            name="CampaignLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=60, verbose_name="label")),
                ("url", models.URLField(max_length=300, verbose_name="address")),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="events.campaign"
                    ),
                ),
            ],
            options={
                "ordering": ("label", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("campaign", "url"), name="campaignlink_once"),
                    models.CheckConstraint(
                        condition=models.Q(("url__regex", "^https?://")), name="campaignlink_is_web_address"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventPicture",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="picture",
                        serialize=False,
                        to="events.event",
                    ),
                ),
                ("body", models.BinaryField()),
                ("width", models.PositiveIntegerField()),
                ("height", models.PositiveIntegerField()),
                ("digest", models.CharField(max_length=16)),
                ("alt", models.CharField(max_length=200, verbose_name="what the picture shows")),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("alt__gt", "")), name="eventpicture_described"),
                    models.CheckConstraint(
                        condition=models.Q(("height__range", (1, 2000)), ("width__range", (1, 2000))),
                        name="eventpicture_of_a_size",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventReport",
            fields=[
                (
                    "event",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="report",
                        serialize=False,
                        to="events.event",
                    ),
                ),
                (
                    "head_count",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="how many people were there"),
                ),
                ("text", models.TextField(blank=True, max_length=4000, verbose_name="how it went")),
                ("at", models.DateTimeField()),
                (
                    "by",
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
                        condition=models.Q(("head_count__isnull", True), ("head_count__lte", 1000000), _connector="OR"),
                        name="eventreport_count_plausible",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Cohost",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("asked_at", models.DateTimeField()),
                ("accepted_at", models.DateTimeField(blank=True, null=True)),
                ("declined_at", models.DateTimeField(blank=True, null=True)),
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="cohosted", to="affiliates.group"
                    ),
                ),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="cohosts", to="events.event"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("event", "group"), name="cohost_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", True), ("declined_at__isnull", True), _connector="OR"
                        ),
                        name="cohost_says_one_thing",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attendance",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("list", "on the list at the door"),
                            ("walk_in", "at the door, without an answer before"),
                            ("door_qr", "by themselves, with the code at the door"),
                            ("ticket_qr", "by their own code"),
                            ("sheet", "from the paper sheet"),
                            ("code", "by themselves, with the words said there"),
                            ("file", "from a conferencing tool's list"),
                        ],
                        max_length=10,
                    ),
                ),
                ("guests", models.PositiveSmallIntegerField(default=0)),
                ("name", models.CharField(blank=True, max_length=241)),
                ("recorded_at", models.DateTimeField()),
                ("undone_at", models.DateTimeField(blank=True, null=True)),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="attendances", to="members.person"
                    ),
                ),
                (
                    "undone_by",
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
                        on_delete=django.db.models.deletion.PROTECT, related_name="attendances", to="events.event"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["event", "-at", "-id"], name="attendance_latest")],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "person"), name="attendance_once_a_person"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("how__in", ["list", "walk_in", "door_qr", "ticket_qr", "sheet", "code", "file"])
                        ),
                        name="attendance_how_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("guests__lte", 9)), name="attendance_guests_at_most_nine"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("moved", "another time or place"),
                            ("link", "another way to join"),
                            ("cancelled", "cancelled"),
                            ("message", "a message of the hosts"),
                            ("thanks", "thanks, and what comes next"),
                        ],
                        max_length=10,
                    ),
                ),
                ("sequence", models.PositiveIntegerField()),
                ("subject", models.CharField(blank=True, max_length=120, verbose_name="subject")),
                ("text", models.TextField(blank=True, max_length=10000, verbose_name="message")),
                ("reply_to", models.EmailField(blank=True, max_length=254)),
                (
                    "to_states",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("going", "going"),
                                ("waiting", "waiting for a place"),
                                ("maybe", "maybe"),
                                ("cant", "can't come"),
                            ],
                            max_length=8,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                ("before", models.JSONField(blank=True, default=dict)),
                ("at", models.DateTimeField()),
                ("queued_up_to", models.BigIntegerField(default=0)),
                ("queued_at", models.DateTimeField(blank=True, null=True)),
                ("recipients", models.PositiveIntegerField(default=0)),
                (
                    "by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="events.event"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("queued_at__isnull", True)), fields=["at"], name="eventnotice_to_queue"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["moved", "link", "cancelled", "message", "thanks"])),
                        name="eventnotice_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "message"), _negated=True),
                            models.Q(("subject__gt", ""), ("text__gt", "")),
                            _connector="OR",
                        ),
                        name="eventnotice_message_says_something",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "message"), _negated=True),
                        fields=("event", "kind", "sequence"),
                        name="eventnotice_once_a_change",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("queued_up_to__gte", 0), ("recipients__gte", 0)),
                        name="eventnotice_counts_up",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EventQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(max_length=200, verbose_name="question")),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list
                    ),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="must be answered")),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="questions", to="events.event"
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("event", "position"),
                        name="eventquestion_one_a_position",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__range", (1, 5))), name="eventquestion_at_most_five"
                    ),
                    models.CheckConstraint(condition=models.Q(("text__gt", "")), name="eventquestion_asks"),
                ],
            },
        ),
        migrations.CreateModel(
            name="HostMessage",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.CharField(max_length=120, verbose_name="subject")),
                ("text", models.TextField(max_length=10000, verbose_name="message")),
                ("at", models.DateTimeField()),
                ("queued_up_to", models.BigIntegerField(default=0)),
                ("queued_at", models.DateTimeField(blank=True, null=True)),
                ("recipients", models.PositiveIntegerField(default=0)),
                (
                    "campaign",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="messages", to="events.campaign"
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
                        condition=models.Q(("queued_at__isnull", True)), fields=["at"], name="hostmessage_to_queue"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("subject__gt", ""), ("text__gt", "")), name="hostmessage_says_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rsvp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("going", "going"),
                            ("waiting", "waiting for a place"),
                            ("maybe", "maybe"),
                            ("cant", "can't come"),
                        ],
                        max_length=8,
                    ),
                ),
                ("party_size", models.PositiveSmallIntegerField(default=1, verbose_name="how many of you")),
                ("answered_at", models.DateTimeField()),
                ("changed_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("waiting_since", models.DateTimeField(blank=True, null=True)),
                ("got_place_at", models.DateTimeField(blank=True, null=True)),
                ("told_of_place_at", models.DateTimeField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("given_name", models.CharField(blank=True, max_length=120)),
                ("family_name", models.CharField(blank=True, max_length=120)),
                ("place", models.CharField(blank=True, max_length=200)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("consents", models.JSONField(blank=True, default=list)),
                ("answers", models.JSONField(blank=True, default=list)),
                ("reminded_at", models.DateTimeField(blank=True, null=True)),
                ("reminded_again_at", models.DateTimeField(blank=True, null=True)),
                ("thanked_at", models.DateTimeField(blank=True, null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rsvps", to="events.event"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rsvps",
                        to="members.person",
                    ),
                ),
            ],
            options={
                "verbose_name": "RSVP",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "waiting")),
                        fields=["event", "waiting_since", "id"],
                        name="rsvp_line",
                    ),
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", True)),
                        fields=["answered_at"],
                        name="rsvp_unconfirmed",
                    ),
                    models.Index(fields=["event", "state"], name="rsvp_by_state"),
                    models.Index(
                        condition=models.Q(("got_place_at__isnull", False), ("told_of_place_at__isnull", True)),
                        fields=["event", "id"],
                        name="rsvp_to_tell",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("event", "person"), name="rsvp_once_a_person"),
                    models.UniqueConstraint(
                        models.F("event"),
                        django.db.models.functions.text.Lower("email"),
                        condition=models.Q(("email", ""), _negated=True),
                        name="rsvp_once_an_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["going", "waiting", "maybe", "cant"])),
                        name="rsvp_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("party_size__range", (1, 10))), name="rsvp_party_of_one_to_ten"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", False), ("email", ""), ("person__isnull", False)),
                            models.Q(("confirmed_at__isnull", True), ("email__gt", ""), ("person__isnull", True)),
                            _connector="OR",
                        ),
                        name="rsvp_of_person_or_unconfirmed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "waiting"), ("waiting_since__isnull", False)),
                            models.Q(models.Q(("state", "waiting"), _negated=True), ("waiting_since__isnull", True)),
                            _connector="OR",
                        ),
                        name="rsvp_waiting_since",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentCheckIn",
            fields=[
                ("key", models.UUIDField(primary_key=True, serialize=False)),
                ("at", models.DateTimeField()),
                ("answer", models.JSONField(default=dict)),
                (
                    "event",
                    models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to="events.event"),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="sentcheckin_by_time")],
            },
        ),
        migrations.CreateModel(
            name="TrustedHost",
            fields=[
                (
                    "group",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="trusted_host",
                        serialize=False,
                        to="affiliates.group",
                    ),
                ),
                ("since", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AttendanceFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=200)),
                ("sha256", models.CharField(max_length=64)),
                ("least_minutes", models.PositiveSmallIntegerField(default=0, verbose_name="minutes at least")),
                ("at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("bad_rows", models.JSONField(blank=True, default=list)),
                (
                    "by",
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
                        on_delete=django.db.models.deletion.CASCADE, related_name="attendance_files", to="events.event"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="attendancefile_by_time")],
                "constraints": [models.UniqueConstraint(fields=("event", "sha256"), name="attendancefile_once")],
            },
        ),
        migrations.CreateModel(
            name="CodeClaim",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("given_name", models.CharField(blank=True, max_length=120)),
                ("family_name", models.CharField(blank=True, max_length=120)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "event",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="code_claims", to="events.event"
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["at"], name="codeclaim_by_time")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("email__gt", "")),
                            models.Q(
                                ("confirmed_at__isnull", False), ("email", ""), ("family_name", ""), ("given_name", "")
                            ),
                            _connector="OR",
                        ),
                        name="codeclaim_typed_until_confirmed",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="FileParticipant",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("line", models.PositiveIntegerField()),
                ("rows", models.PositiveIntegerField(default=1)),
                ("name", models.CharField(blank=True, max_length=200)),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("minutes", models.PositiveIntegerField(blank=True, null=True)),
                ("noted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="events.attendancefile",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["email"], name="fileparticipant_by_email")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("name__gt", ""), ("email__gt", ""), _connector="OR"),
                        name="fileparticipant_is_somebody",
                    ),
                    models.UniqueConstraint(fields=("file", "line"), name="fileparticipant_once_a_line"),
                ],
            },
        ),
    ]
