import django.contrib.postgres.indexes
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

import foundation.places.fields


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("places", "0001_position"),
    ]

    operations = [
        migrations.CreateModel(
            name="Area",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[("district", "district, from a crosswalk"), ("custom", "made here")], max_length=10
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("slug", models.SlugField(max_length=140, unique=True)),
                ("code", models.CharField(blank=True, help_text="such as MA-07", max_length=20, verbose_name="code")),
                (
                    "edition",
                    models.CharField(blank=True, help_text="which crosswalk: the Congress, such as 119", max_length=20),
                ),
                ("recipe", models.JSONField(default=dict)),
                ("updated_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["district", "custom"])), name="area_kind_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "district"), _negated=True),
                            models.Q(models.Q(("code", ""), _negated=True), models.Q(("edition", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="area_district_has_code_and_edition",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "district")),
                        fields=("edition", "code"),
                        name="area_district_once_an_edition",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LoadedData",
            fields=[
                ("name", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("fingerprint", models.CharField(max_length=64)),
                ("loaded_at", models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                "verbose_name_plural": "loaded data",
            },
        ),
        migrations.CreateModel(
            name="NamedPlace",
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
                    "kind",
                    models.CharField(
                        choices=[
                            ("city", "city"),
                            ("county", "county"),
                            ("state", "state"),
                            ("abroad", "city outside the United States"),
                        ],
                        max_length=6,
                    ),
                ),
                ("name", models.CharField(max_length=120)),
                ("key", models.CharField(help_text="the name as keys.place_key compares it", max_length=120)),
                ("state", models.CharField(blank=True, max_length=2)),
                ("country", models.CharField(max_length=2)),
                (
                    "is_alias",
                    models.BooleanField(
                        default=False, help_text="the post office accepts the name but prefers another"
                    ),
                ),
                ("zip_code_count", models.PositiveIntegerField(default=0)),
                ("population", models.PositiveIntegerField(default=0, help_text="0 where it is unknown")),
                ("time_zone", models.CharField(blank=True, max_length=40)),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(fields=["position"], name="namedplace_position"),
                    django.contrib.postgres.indexes.GistIndex(
                        condition=models.Q(("is_alias", False)),
                        fields=["key"],
                        name="namedplace_spelling",
                        opclasses=["gist_trgm_ops"],
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="namedplace_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="namedplace_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="namedplace_point_not_zero",
                    ),
                    models.UniqueConstraint(fields=("key", "kind", "state", "country"), name="namedplace_once"),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["city", "county", "state", "abroad"])),
                        name="namedplace_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__isnull", False)), name="namedplace_has_point"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "abroad"), ("state", ""), models.Q(("country", "US"), _negated=True)),
                            models.Q(
                                models.Q(("kind", "abroad"), _negated=True),
                                (
                                    "state__in",
                                    [
                                        "AL",
                                        "AK",
                                        "AZ",
                                        "AR",
                                        "CA",
                                        "CO",
                                        "CT",
                                        "DE",
                                        "DC",
                                        "FL",
                                        "GA",
                                        "HI",
                                        "ID",
                                        "IL",
                                        "IN",
                                        "IA",
                                        "KS",
                                        "KY",
                                        "LA",
                                        "ME",
                                        "MD",
                                        "MA",
                                        "MI",
                                        "MN",
                                        "MS",
                                        "MO",
                                        "MT",
                                        "NE",
                                        "NV",
                                        "NH",
                                        "NJ",
                                        "NM",
                                        "NY",
                                        "NC",
                                        "ND",
                                        "OH",
                                        "OK",
                                        "OR",
                                        "PA",
                                        "RI",
                                        "SC",
                                        "SD",
                                        "TN",
                                        "TX",
                                        "UT",
                                        "VT",
                                        "VA",
                                        "WA",
                                        "WV",
                                        "WI",
                                        "WY",
                                        "AS",
                                        "GU",
                                        "MP",
                                        "PR",
                                        "VI",
                                        "FM",
                                        "MH",
                                        "PW",
                                        "AA",
                                        "AE",
                                        "AP",
                                    ],
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="namedplace_state_unless_abroad",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ZipCode",
            fields=[
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
                ("code", models.CharField(max_length=5, primary_key=True, serialize=False)),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("STANDARD", "standard"),
                            ("PO BOX", "post office boxes only"),
                            ("UNIQUE", "one organisation only"),
                            ("MILITARY", "military"),
                        ],
                        max_length=8,
                    ),
                ),
                ("is_active", models.BooleanField(default=True)),
                ("city", models.CharField(max_length=60)),
                ("county", models.CharField(blank=True, max_length=60)),
                ("state", models.CharField(max_length=2)),
                ("time_zone", models.CharField(blank=True, max_length=40)),
                ("country", models.CharField(blank=True, max_length=2)),
            ],
            options={
                "abstract": False,
                "indexes": [
                    django.contrib.postgres.indexes.GistIndex(fields=["position"], name="zipcode_position"),
                    models.Index(fields=["state", "county"], name="zipcode_state_county"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("latitude__isnull", True), ("longitude__isnull", True)),
                            models.Q(("latitude__isnull", False), ("longitude__isnull", False)),
                            _connector="OR",
                        ),
                        name="zipcode_point_whole_or_unknown",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("latitude__range", (-90, 90)), ("longitude__range", (-180, 180))),
                        name="zipcode_point_on_earth",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("latitude__isnull", True),
                            models.Q(("latitude", 0), ("longitude", 0), _negated=True),
                            _connector="OR",
                        ),
                        name="zipcode_point_not_zero",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("code__regex", "^[0-9]{5}$")), name="zipcode_five_digits"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["STANDARD", "PO BOX", "UNIQUE", "MILITARY"])),
                        name="zipcode_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                [
                                    "AL",
                                    "AK",
                                    "AZ",
                                    "AR",
                                    "CA",
                                    "CO",
                                    "CT",
                                    "DE",
                                    "DC",
                                    "FL",
                                    "GA",
                                    "HI",
                                    "ID",
                                    "IL",
                                    "IN",
                                    "IA",
                                    "KS",
                                    "KY",
                                    "LA",
                                    "ME",
                                    "MD",
                                    "MA",
                                    "MI",
                                    "MN",
                                    "MS",
                                    "MO",
                                    "MT",
                                    "NE",
                                    "NV",
                                    "NH",
                                    "NJ",
                                    "NM",
                                    "NY",
                                    "NC",
                                    "ND",
                                    "OH",
                                    "OK",
                                    "OR",
                                    "PA",
                                    "RI",
                                    "SC",
                                    "SD",
                                    "TN",
                                    "TX",
                                    "UT",
                                    "VT",
                                    "VA",
                                    "WA",
                                    "WV",
                                    "WI",
                                    "WY",
                                    "AS",
                                    "GU",
                                    "MP",
                                    "PR",
                                    "VI",
                                    "FM",
                                    "MH",
                                    "PW",
                                    "AA",
                                    "AE",
                                    "AP",
                                ],
                            )
                        ),
                        name="zipcode_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("time_zone", ""), ("time_zone__contains", "/"), _connector="OR"),
                        name="zipcode_zone_iana",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="AreaZipCode",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "area",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="members", to="places.area"
                    ),
                ),
                (
                    "zip_code",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="places.zipcode"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("area", "zip_code"), name="areazipcode_once")],
            },
        ),
        migrations.AddField(
            model_name="area",
            name="zip_codes",
            field=models.ManyToManyField(related_name="areas", through="places.AreaZipCode", to="places.zipcode"),
        ),
    ]
