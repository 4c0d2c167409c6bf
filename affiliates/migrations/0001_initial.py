import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import foundation.places.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("members", "0003_derived"),
        ("places", "0002_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Group",
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
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=240)),
                ("slug", models.SlugField(max_length=80, unique=True, verbose_name="address of its page")),
                (
                    "status",
                    models.CharField(
                        choices=[("forming", "forming"), ("listed", "affiliate, listed"), ("ended", "ended")],
                        default="forming",
                        max_length=10,
                        verbose_name="status",
                    ),
                ),
                ("listed_at", models.DateTimeField(blank=True, null=True)),
                ("country", models.CharField(default="US", max_length=2, verbose_name="country")),
                ("state", models.CharField(blank=True, max_length=2, verbose_name="state")),
                (
                    "place_name",
                    models.CharField(help_text="such as Cambridge, MA", max_length=120, verbose_name="place"),
                ),
                ("time_zone", models.CharField(blank=True, max_length=40, verbose_name="time zone")),
                ("about", models.TextField(blank=True, max_length=4000, verbose_name="about the group")),
                ("plan", models.TextField(blank=True, max_length=8000, verbose_name="plan")),
                (
                    "contact_email",
                    models.EmailField(
                        blank=True,
                        help_text="never shown; the contact form writes to it",
                        max_length=254,
                        verbose_name="contact address",
                    ),
                ),
                ("last_active_at", models.DateTimeField(blank=True, null=True)),
                ("next_event_at", models.DateTimeField(blank=True, null=True)),
                ("watchers_told_at", models.DateTimeField(blank=True, null=True)),
                ("introduced_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "areas_served",
                    models.ManyToManyField(blank=True, related_name="+", to="places.area", verbose_name="areas served"),
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
                "verbose_name": "group",
                "verbose_name_plural": "groups",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("status", "listed")), fields=["position"], name="group_listed_position"
                    ),
                    models.Index(
                        condition=models.Q(("status", "listed")),
                        fields=["latitude", "longitude"],
                        name="group_listed_point",
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name_key"], name="group_name_trigrams", opclasses=["gin_trgm_ops"]
                    ),
                    models.Index(
                        condition=models.Q(("status", "listed")), fields=["state", "name_key"], name="group_by_state"
                    ),
                    models.Index(
                        condition=models.Q(("status", "listed")), fields=["name_key", "id"], name="group_by_name"
                    ),
                    models.Index(
                        condition=models.Q(("status", "listed"), ("watchers_told_at__isnull", True)),
                        fields=["listed_at"],
                        name="group_watchers_to_tell",
                    ),
                    models.Index(
                        condition=models.Q(("introduced_at__isnull", True), ("status", "listed")),
                        fields=["listed_at"],
                        name="group_to_introduce",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="group_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="group_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="group_point_not_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("status__in", ["forming", "listed", "ended"])), name="group_status_known"
                    ),
                    models.CheckConstraint(condition=models.Q(("name_key__gt", "")), name="group_has_name"),
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="group_slug_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("slug__in", ("map", "start", "tell-me")), _negated=True),
                        name="group_slug_not_reserved",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("country", "US"), ("state__gt", ""), ("zip_code__isnull", False)),
                            models.Q(
                                models.Q(("country", "US"), _negated=True),
                                ("latitude__isnull", False),
                                ("state", ""),
                                ("zip_code__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="group_home_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("status", "listed"), _negated=True),
                            models.Q(("latitude__isnull", False), ("listed_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="group_listed_has_point",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("contact_email", django.db.models.functions.text.Lower("contact_email"))),
                        name="group_contact_lower_case",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=40, verbose_name="label")),
                ("url", models.URLField(max_length=300, verbose_name="address")),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="affiliates.group"
                    ),
                ),
            ],
            options={
                "ordering": ("label", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("group", "url"), name="grouplink_once"),
                    models.CheckConstraint(
                        condition=models.Q(("url__regex", "^https?://")), name="grouplink_is_web_address"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupRole",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "role",
                    models.CharField(
                        choices=[
                            ("contact", "point of contact: signs the agreement and casts the group's ballot"),
                            ("organizer", "organizer: keeps the page, the roster and the events"),
                        ],
                        max_length=12,
                    ),
                ),
                ("since", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roles", to="affiliates.group"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="group_roles",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("group", "user", "role"), name="grouprole_once"),
                    models.CheckConstraint(
                        condition=models.Q(("role__in", ["contact", "organizer"])), name="grouprole_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Introduction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField()),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="introductions", to="affiliates.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="introductions", to="members.person"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("group", "person"), name="introduction_once")],
            },
        ),
        migrations.CreateModel(
            name="PlaceWatch",
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
                ("email", models.EmailField(max_length=254, verbose_name="e-mail address")),
                ("place_label", models.CharField(max_length=160)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("asked_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "told_of",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="affiliates.group",
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "place watches",
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("confirmed_at__isnull", False), ("told_at__isnull", True)),
                        fields=["position"],
                        name="placewatch_waiting_position",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="placewatch_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="placewatch_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="placewatch_point_not_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="placewatch_email_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__isnull", False)), name="placewatch_has_point"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("told_at__isnull", True), ("confirmed_at__isnull", False), _connector="OR"),
                        name="placewatch_told_if_confirmed",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("told_at__isnull", True)),
                        fields=("email", "place_label"),
                        name="placewatch_once_a_place",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RosterEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("joined_at", models.DateTimeField()),
                (
                    "how",
                    models.CharField(
                        choices=[
                            ("group_page", "joined on the group's page"),
                            ("form", "signed up on its form"),
                            ("network", "joined the network and chose this group"),
                            ("event", "answered one of its events"),
                        ],
                        max_length=12,
                    ),
                ),
                ("source", models.CharField(max_length=120)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roster", to="affiliates.group"
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="roster_entries", to="members.person"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "roster entries",
                "constraints": [
                    models.UniqueConstraint(fields=("group", "person"), name="rosterentry_once"),
                    models.CheckConstraint(
                        condition=models.Q(("how__in", ["group_page", "form", "network", "event"])),
                        name="rosterentry_how_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("source", ""), _negated=True), name="rosterentry_has_source"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignUpForm",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=80, unique=True)),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("intro", models.TextField(blank=True, max_length=2000, verbose_name="introduction")),
                (
                    "known_fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("name", "name"),
                                ("phone", "phone number"),
                                ("place", "ZIP code, or place abroad"),
                                ("language", "language"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "consents",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[
                                ("network_mail", "news and notices from the network"),
                                ("promotions", "invitations to events nearby"),
                                ("group_mail", "mails from a group"),
                                ("sharing", "showing name and contact details to a group"),
                                ("sms", "text messages"),
                            ],
                            max_length=12,
                        ),
                        blank=True,
                        default=list,
                    ),
                ),
                (
                    "languages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(choices=[("en", "English"), ("es", "Spanish")], max_length=5)
                    ),
                ),
                ("is_open", models.BooleanField(default=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_up_forms",
                        to="affiliates.group",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["group", "-created_at"], name="signupform_of_group")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("slug__regex", "^[a-z0-9]+(-[a-z0-9]+)*$")), name="signupform_slug_form"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("title", ""), _negated=True), name="signupform_has_title"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("known_fields__contained_by", ["name", "phone", "place", "language"])),
                        name="signupform_fields_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("consents__contained_by", ["network_mail", "promotions", "group_mail", "sharing", "sms"])
                        ),
                        name="signupform_consents_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("languages__contained_by", ["en", "es"]), ("languages__len__gte", 1)),
                        name="signupform_has_languages",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("consents__contains", ["sharing"]), ("group__isnull", False)),
                            models.Q(
                                ("consents__contained_by", ["network_mail", "promotions", "sms"]),
                                ("group__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="signupform_group_asks_sharing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("consents__contains", ["sms"]), _negated=True),
                            ("known_fields__contains", ["phone"]),
                            _connector="OR",
                        ),
                        name="signupform_sms_needs_phone",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SignUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("email", models.EmailField(blank=True, max_length=254)),
                ("given_name", models.CharField(blank=True, max_length=120)),
                ("family_name", models.CharField(blank=True, max_length=120)),
                ("phone", models.CharField(blank=True, max_length=20)),
                ("place", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(choices=[("en", "English"), ("es", "Spanish")], max_length=5)),
                (
                    "answers",
                    models.JSONField(blank=True, db_default=models.Value([], models.JSONField()), default=list),
                ),
                ("created_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("is_near_no_group", models.BooleanField(default=False)),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ups",
                        to="affiliates.group",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ups",
                        to="members.person",
                    ),
                ),
                (
                    "form",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sign_ups",
                        to="affiliates.signupform",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["form", "-confirmed_at"], name="signup_of_form"),
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", True)), fields=["created_at"], name="signup_waiting"
                    ),
                    models.Index(
                        condition=models.Q(("is_near_no_group", True)), fields=["person"], name="signup_near_no_group"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="signup_email_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("confirmed_at__isnull", True),
                                ("person__isnull", True),
                                models.Q(("email", ""), _negated=True),
                            ),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("email", ""),
                                ("family_name", ""),
                                ("given_name", ""),
                                ("person__isnull", False),
                                ("phone", ""),
                                ("place", ""),
                            ),
                            _connector="OR",
                        ),
                        name="signup_typed_until_confirmed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_at__isnull", True),
                            ("confirmed_at__gte", models.F("created_at")),
                            _connector="OR",
                        ),
                        name="signup_confirmed_after_made",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_near_no_group", False), ("confirmed_at__isnull", False), _connector="OR"
                        ),
                        name="signup_near_none_confirmed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AskedConsent",
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
                ("is_ticked", models.BooleanField()),
                (
                    "wording",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="members.consentwording"
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="affiliates.group",
                    ),
                ),
                (
                    "sign_up",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="asked_consents",
                        to="affiliates.signup",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("purpose__in", ["network_mail", "promotions", "group_mail", "sharing", "sms"])
                        ),
                        name="askedconsent_purpose_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("group__isnull", False), ("purpose__in", ("group_mail", "sharing"))),
                            models.Q(
                                models.Q(("purpose__in", ("group_mail", "sharing")), _negated=True),
                                ("group__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="askedconsent_group_fits_purpose",
                    ),
                    models.UniqueConstraint(
                        fields=("sign_up", "purpose", "group"), name="askedconsent_once", nulls_distinct=False
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="FormQuestion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("short", "a short text"),
                            ("long", "a long text"),
                            ("yes_no", "yes or no"),
                            ("choice", "one of several choices"),
                        ],
                        max_length=8,
                        verbose_name="answer",
                    ),
                ),
                ("text", models.CharField(max_length=200, verbose_name="question")),
                (
                    "choices",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=120), blank=True, default=list
                    ),
                ),
                ("is_required", models.BooleanField(default=False, verbose_name="must be answered")),
                (
                    "form",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="affiliates.signupform",
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("form", "position"),
                        name="formquestion_one_a_position",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("position__range", (1, 20))), name="formquestion_at_most_twenty"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["short", "long", "yes_no", "choice"])),
                        name="formquestion_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="formquestion_has_text"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choices__len__range", (2, 30)), ("kind", "choice")),
                            models.Q(models.Q(("kind", "choice"), _negated=True), ("choices__len", 0)),
                            _connector="OR",
                        ),
                        name="formquestion_choices_fit_kind",
                    ),
                ],
            },
        ),
    ]
