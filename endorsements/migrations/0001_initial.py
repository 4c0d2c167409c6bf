import datetime

import django.contrib.postgres.indexes
import django.db.models.constraints
import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.text
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ("affiliates", "0003_agreement_guards"),
        ("mail", "0001_initial"),
        ("members", "0004_once_a_statement"),
        ("places", "0002_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Race",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("office", models.CharField(max_length=120, verbose_name="office")),
                ("district", models.CharField(blank=True, max_length=120, verbose_name="district")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("local", "local"),
                            ("state", "state"),
                            ("federal", "federal"),
                            ("party", "party office"),
                        ],
                        max_length=8,
                        verbose_name="level",
                    ),
                ),
                ("state", models.CharField(blank=True, max_length=2, verbose_name="state")),
                (
                    "party",
                    models.CharField(
                        blank=True,
                        help_text="whose office it is, or whose primary",
                        max_length=80,
                        verbose_name="party",
                    ),
                ),
                ("key", models.CharField(editable=False, max_length=330)),
                ("slug", models.SlugField(max_length=160, unique=True)),
                ("filing_deadline", models.DateField(blank=True, null=True, verbose_name="last day to file")),
                ("primary_date", models.DateField(blank=True, null=True, verbose_name="primary election")),
                ("election_date", models.DateField(verbose_name="election")),
                (
                    "is_open_seat",
                    models.BooleanField(default=False, verbose_name="nobody who holds the office runs again"),
                ),
                ("about", models.TextField(blank=True, max_length=4000, verbose_name="about the race")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "area",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="races",
                        to="places.area",
                        verbose_name="area",
                    ),
                ),
                (
                    "proposed_by",
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
                "indexes": [
                    models.Index(fields=["area", "election_date"], name="race_of_area"),
                    models.Index(fields=["state", "election_date"], name="race_of_state"),
                    models.Index(
                        condition=models.Q(("filing_deadline__isnull", False)),
                        fields=["filing_deadline"],
                        name="race_to_file",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("state", "key", "election_date"), name="race_once_an_election"),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["local", "state", "federal", "party"])),
                        name="race_level_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", ""),
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
                            _connector="OR",
                        ),
                        name="race_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("office", ""), _negated=True), models.Q(("key", ""), _negated=True)
                        ),
                        name="race_has_office",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("level", "party"), _negated=True),
                            models.Q(("party", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="race_of_party_names_it",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("primary_date__isnull", True),
                            ("primary_date__lte", models.F("election_date")),
                            _connector="OR",
                        ),
                        name="race_primary_before_election",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("filing_deadline__isnull", True),
                            ("filing_deadline__lte", models.F("election_date")),
                            _connector="OR",
                        ),
                        name="race_filing_before_election",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("election_date__range", (datetime.date(1990, 1, 1), datetime.date(2100, 1, 1)))
                        ),
                        name="race_election_in_our_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Candidate",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                ("name_key", models.CharField(editable=False, max_length=240)),
                ("slug", models.SlugField(max_length=160, unique=True)),
                ("party", models.CharField(blank=True, max_length=80, verbose_name="party")),
                ("about", models.TextField(blank=True, max_length=4000, verbose_name="about the candidate")),
                ("is_incumbent", models.BooleanField(default=False, verbose_name="holds the office now")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail address of the campaign")),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_because", models.CharField(blank=True, max_length=500)),
                (
                    "primary_result",
                    models.CharField(
                        choices=[("pending", "pending"), ("won", "won"), ("lost", "lost")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                (
                    "result",
                    models.CharField(
                        choices=[("pending", "pending"), ("won", "won"), ("lost", "lost")],
                        default="pending",
                        max_length=8,
                    ),
                ),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "race",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="candidates", to="endorsements.race"
                    ),
                ),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["name_key"], name="candidate_name_trigrams", opclasses=["gin_trgm_ops"]
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("race", "name_key"), name="candidate_once_a_race"),
                    models.UniqueConstraint(fields=("id", "race"), name="candidate_of_race"),
                    models.CheckConstraint(
                        condition=models.Q(("name_key", ""), _negated=True), name="candidate_has_name"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="candidate_email_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("primary_result__in", ["pending", "won", "lost"]),
                            ("result__in", ["pending", "won", "lost"]),
                        ),
                        name="candidate_result_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at__isnull", True),
                            models.Q(("withdrawn_because", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="candidate_withdrawn_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("primary_result", "lost"), _negated=True),
                            models.Q(("result", "won"), _negated=True),
                            _connector="OR",
                        ),
                        name="candidate_lost_primary_not_won",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Poll",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("slug", models.SlugField(max_length=160, unique=True)),
                ("words", models.TextField(blank=True, max_length=8000, verbose_name="what the groups should know")),
                (
                    "state",
                    models.CharField(
                        choices=[("draft", "draft"), ("open", "open"), ("closed", "closed"), ("void", "void")],
                        default="draft",
                        max_length=8,
                    ),
                ),
                ("revision", models.PositiveIntegerField(default=0)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("closes_at", models.DateTimeField(verbose_name="closes")),
                (
                    "rule",
                    models.CharField(
                        default="more than half of all eligible groups: 2 × votes > eligible", max_length=120
                    ),
                ),
                ("opened_at", models.DateTimeField(blank=True, null=True)),
                ("eligible", models.PositiveIntegerField(default=0)),
                ("snapshot", models.TextField(blank=True)),
                ("snapshot_hash", models.CharField(blank=True, max_length=64)),
                ("entries", models.PositiveIntegerField(default=0)),
                ("head", models.CharField(blank=True, max_length=64)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                ("tally", models.JSONField(blank=True, null=True)),
                ("recommended_votes", models.PositiveIntegerField(blank=True, null=True)),
                ("void_asked_by", models.CharField(blank=True, max_length=40)),
                ("void_asked_at", models.DateTimeField(blank=True, null=True)),
                ("void_because", models.CharField(blank=True, max_length=1000, verbose_name="why the poll is void")),
                ("voided_by", models.CharField(blank=True, max_length=40)),
                ("voided_at", models.DateTimeField(blank=True, null=True)),
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
                    "recommended",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "race",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="polls", to="endorsements.race"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("state", "open")), fields=["closes_at"], name="poll_to_close"),
                    models.Index(fields=["race", "-created_at"], name="poll_of_race"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ("draft", "open"))),
                        fields=("race",),
                        name="poll_one_at_a_time",
                    ),
                    models.UniqueConstraint(fields=("id", "recommended"), name="poll_and_what_it_recommends"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["draft", "open", "closed", "void"])), name="poll_state_known"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("opened_at__isnull", True), ("snapshot_hash", ""), ("state", "draft")),
                            models.Q(
                                ("eligible__gte", 1),
                                ("opened_at__isnull", False),
                                ("snapshot_hash__gt", ""),
                                ("state__in", ("open", "closed")),
                            ),
                            ("state", "void"),
                            _connector="OR",
                        ),
                        name="poll_open_is_frozen",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opened_at__isnull", True), ("closes_at__gt", models.F("opened_at")), _connector="OR"
                        ),
                        name="poll_closes_after_opening",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "closed"), _negated=True),
                            models.Q(("closed_at__isnull", False), ("tally__isnull", False)),
                            _connector="OR",
                        ),
                        name="poll_closed_is_tallied",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("recommended__isnull", True), ("recommended_votes__isnull", True)),
                            models.Q(
                                ("closed_at__isnull", False),
                                ("recommended__isnull", False),
                                (
                                    "recommended_votes__gt",
                                    django.db.models.expressions.CombinedExpression(
                                        models.F("eligible"), "-", models.F("recommended_votes")
                                    ),
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="poll_recommends_by_majority_of_eligible",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "void"), _negated=True),
                            models.Q(
                                ("voided_at__isnull", False),
                                models.Q(("void_asked_by", ""), _negated=True),
                                models.Q(("voided_by", ""), _negated=True),
                                models.Q(("voided_by", models.F("void_asked_by")), _negated=True),
                                models.Q(("void_because", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="poll_void_by_two_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberVote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "threshold_percent",
                    models.PositiveSmallIntegerField(default=50, verbose_name="share that a choice needs"),
                ),
                ("words", models.CharField(blank=True, max_length=2000, verbose_name="what the members should know")),
                ("opened_at", models.DateTimeField()),
                ("closes_at", models.DateTimeField(verbose_name="closes")),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
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
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="member_votes", to="affiliates.group"
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="member_votes", to="endorsements.poll"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("cancelled_at__isnull", True)),
                        fields=("poll", "group"),
                        name="membervote_one_a_poll",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("threshold_percent__range", (1, 100))), name="membervote_threshold"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("closes_at__gt", models.F("opened_at"))),
                        name="membervote_closes_after_opening",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EligibleGroup",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("number", models.PositiveIntegerField()),
                ("name", models.CharField(max_length=120)),
                ("place_name", models.CharField(max_length=120)),
                (
                    "why",
                    models.CharField(
                        choices=[("home", "its home lies in the area"), ("serves", "it serves the area")], max_length=6
                    ),
                ),
                ("because", models.CharField(max_length=160)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="affiliates.group"
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="eligible_groups",
                        to="endorsements.poll",
                    ),
                ),
            ],
            options={
                "ordering": ("number",),
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "group"), name="eligiblegroup_once"),
                    models.UniqueConstraint(fields=("poll", "number"), name="eligiblegroup_once_a_number"),
                    models.UniqueConstraint(fields=("id", "poll", "group"), name="eligiblegroup_for_ballots"),
                    models.CheckConstraint(
                        condition=models.Q(("why__in", ["home", "serves"])), name="eligiblegroup_why_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PollChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("candidate", "a candidate"), ("none", "no endorsement"), ("abstain", "abstain")],
                        max_length=10,
                    ),
                ),
                ("label", models.CharField(blank=True, max_length=250)),
                ("closed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "candidate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="choices", to="endorsements.poll"
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "position"), name="pollchoice_once_a_position"),
                    models.UniqueConstraint(fields=("poll", "candidate"), name="pollchoice_once_a_candidate"),
                    models.UniqueConstraint(
                        condition=models.Q(("kind", "candidate"), _negated=True),
                        fields=("poll", "kind"),
                        name="pollchoice_once_of_the_other_kinds",
                    ),
                    models.UniqueConstraint(fields=("id", "poll"), name="pollchoice_of_poll"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("candidate__isnull", False),
                                ("kind", "candidate"),
                                models.Q(("label", ""), _negated=True),
                            ),
                            models.Q(("candidate__isnull", True), ("kind__in", ("none", "abstain"))),
                            _connector="OR",
                        ),
                        name="pollchoice_of_candidate_names_one",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="MemberVoter",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("voted_at", models.DateTimeField(blank=True, null=True)),
                (
                    "mail",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="mail.outgoingmail",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="member_votes",
                        to="members.person",
                    ),
                ),
                (
                    "vote",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="voters", to="endorsements.membervote"
                    ),
                ),
                (
                    "choice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="endorsements.pollchoice",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("vote", "person"), name="membervoter_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("choice__isnull", True), ("voted_at__isnull", True)),
                            models.Q(("choice__isnull", False), ("voted_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="membervoter_choice_with_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PollEntry",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("sequence", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("cast", "ballot cast"),
                            ("withdrawn", "candidate withdrew"),
                            ("extended", "closing time extended"),
                            ("struck", "ballot struck"),
                            ("closed", "closed"),
                        ],
                        max_length=10,
                    ),
                ),
                ("at", models.DateTimeField()),
                ("closes_at", models.DateTimeField(blank=True, null=True)),
                ("words", models.CharField(blank=True, max_length=1000)),
                ("by", models.CharField(max_length=40)),
                ("text", models.TextField()),
                ("previous", models.CharField(max_length=64)),
                ("hash", models.CharField(max_length=64)),
                (
                    "choice",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="endorsements.pollchoice",
                    ),
                ),
                (
                    "eligible",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="endorsements.eligiblegroup",
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ledger", to="endorsements.poll"
                    ),
                ),
            ],
            options={
                "verbose_name_plural": "poll entries",
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "sequence"), name="pollentry_once_a_sequence"),
                    models.UniqueConstraint(fields=("poll", "hash"), name="pollentry_once_a_hash"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("choice__isnull", False),
                                ("closes_at__isnull", True),
                                ("eligible__isnull", False),
                                ("kind", "cast"),
                            ),
                            models.Q(
                                ("choice__isnull", False),
                                ("closes_at__isnull", True),
                                ("eligible__isnull", True),
                                ("kind", "withdrawn"),
                            ),
                            models.Q(
                                ("choice__isnull", True),
                                ("closes_at__isnull", False),
                                ("eligible__isnull", True),
                                ("kind", "extended"),
                            ),
                            models.Q(
                                ("choice__isnull", True),
                                ("closes_at__isnull", True),
                                ("eligible__isnull", False),
                                ("kind", "struck"),
                            ),
                            models.Q(
                                ("choice__isnull", True),
                                ("closes_at__isnull", True),
                                ("eligible__isnull", True),
                                ("kind", "closed"),
                            ),
                            _connector="OR",
                        ),
                        name="pollentry_kind_has_its_parts",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BallotStrike",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("because", models.CharField(max_length=1000, verbose_name="why the ballot is struck")),
                ("asked_by", models.CharField(max_length=40)),
                ("asked_at", models.DateTimeField()),
                ("agreed_by", models.CharField(blank=True, max_length=40)),
                ("agreed_at", models.DateTimeField(blank=True, null=True)),
                ("refused_at", models.DateTimeField(blank=True, null=True)),
                (
                    "eligible",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="strikes",
                        to="endorsements.eligiblegroup",
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="strikes", to="endorsements.poll"
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="endorsements.pollentry"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("refused_at__isnull", True)),
                        fields=("entry",),
                        name="ballotstrike_once_a_ballot",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("because", ""), _negated=True), name="ballotstrike_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("agreed_at__isnull", True), ("agreed_by", "")),
                            models.Q(
                                ("agreed_at__isnull", False),
                                models.Q(("agreed_by", ""), _negated=True),
                                models.Q(("agreed_by", models.F("asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="ballotstrike_by_two",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ballot",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("revision", models.PositiveIntegerField(default=1)),
                ("cast_at", models.DateTimeField()),
                ("struck_at", models.DateTimeField(blank=True, null=True)),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ballots", to="affiliates.group"
                    ),
                ),
                (
                    "eligible",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ballot",
                        to="endorsements.eligiblegroup",
                    ),
                ),
                (
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="ballots", to="endorsements.poll"
                    ),
                ),
                (
                    "choice",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="ballots",
                        to="endorsements.pollchoice",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="endorsements.pollentry"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("poll", "group"), name="ballot_one_a_group")],
            },
        ),
        migrations.CreateModel(
            name="Questionnaire",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "level",
                    models.CharField(
                        choices=[
                            ("local", "local"),
                            ("state", "state"),
                            ("federal", "federal"),
                            ("party", "party office"),
                        ],
                        max_length=8,
                        verbose_name="level",
                    ),
                ),
                ("version", models.PositiveSmallIntegerField()),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    models.UniqueConstraint(fields=("level", "version"), name="questionnaire_version_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("published_at__isnull", True)),
                        fields=("level",),
                        name="questionnaire_one_draft",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("level__in", ["local", "state", "federal", "party"])),
                        name="questionnaire_level_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("text", models.CharField(max_length=500, verbose_name="question")),
                ("is_yes_or_no", models.BooleanField(default=False, verbose_name="asks for yes or no first")),
                ("is_required", models.BooleanField(default=True, verbose_name="must be answered")),
                (
                    "questionnaire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="questions",
                        to="endorsements.questionnaire",
                    ),
                ),
            ],
            options={
                "ordering": ("position",),
                "constraints": [
                    models.UniqueConstraint(
                        deferrable=django.db.models.constraints.Deferrable["DEFERRED"],
                        fields=("questionnaire", "position"),
                        name="question_once_a_position",
                    ),
                    models.CheckConstraint(condition=models.Q(("text", ""), _negated=True), name="question_has_text"),
                ],
            },
        ),
        migrations.CreateModel(
            name="QuestionnaireResponse",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("link_number", models.PositiveSmallIntegerField(default=1)),
                ("answered_at", models.DateTimeField(blank=True, null=True)),
                ("published_at", models.DateTimeField(blank=True, null=True)),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="responses",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "questionnaire",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="responses",
                        to="endorsements.questionnaire",
                    ),
                ),
                (
                    "reused_from",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="endorsements.questionnaireresponse",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("candidate", "questionnaire"), name="questionnaireresponse_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("published_at__isnull", True), ("answered_at__isnull", False), _connector="OR"
                        ),
                        name="questionnaireresponse_published_when_answered",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Answer",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("yes", models.BooleanField(blank=True, null=True)),
                ("text", models.TextField(blank=True, max_length=4000)),
                (
                    "question",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="endorsements.question"
                    ),
                ),
                (
                    "response",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="answers",
                        to="endorsements.questionnaireresponse",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("response", "question"), name="answer_once")],
            },
        ),
        migrations.CreateModel(
            name="OfficeSeeker",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("email", models.EmailField(blank=True, max_length=254)),
                (
                    "language",
                    models.CharField(choices=[("en", "English"), ("es", "Spanish")], default="en", max_length=5),
                ),
                ("state", models.CharField(blank=True, max_length=2)),
                (
                    "level",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("local", "local"),
                            ("state", "state"),
                            ("federal", "federal"),
                            ("party", "party office"),
                        ],
                        max_length=8,
                        verbose_name="level",
                    ),
                ),
                ("office", models.CharField(blank=True, max_length=120, verbose_name="office")),
                ("words", models.TextField(blank=True, max_length=2000, verbose_name="what they say")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("unconfirmed", "has not answered our mail"),
                            ("new", "new"),
                            ("in touch", "in touch"),
                            ("decided", "has decided to run"),
                            ("filed", "has filed"),
                            ("not now", "not now"),
                        ],
                        default="unconfirmed",
                        max_length=12,
                    ),
                ),
                ("tells_group", models.BooleanField(default=False)),
                ("follow_up_on", models.DateField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                (
                    "in_hands_of",
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
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="office_seeking",
                        to="members.person",
                    ),
                ),
                (
                    "referred_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "referred_by_group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="referred_seekers",
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
                (
                    "race",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="seekers",
                        to="endorsements.race",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["state", "stage"], name="seeker_by_state"),
                    models.Index(condition=models.Q(("stage", "unconfirmed")), fields=["at"], name="seeker_to_forget"),
                    models.Index(
                        condition=models.Q(("confirmed_at__isnull", False)),
                        fields=["follow_up_on"],
                        name="seeker_to_follow_up",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("stage__in", ["unconfirmed", "new", "in touch", "decided", "filed", "not now"])
                        ),
                        name="officeseeker_stage_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("level", ""), ("level__in", ["local", "state", "federal", "party"]), _connector="OR"
                        ),
                        name="officeseeker_level_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("confirmed_at__isnull", True), ("stage", "unconfirmed")),
                            models.Q(
                                models.Q(("stage", "unconfirmed"), _negated=True),
                                ("confirmed_at__isnull", False),
                                ("person__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="officeseeker_known_when_confirmed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("person__isnull", True), models.Q(("email", ""), ("name", "")), _connector="OR"
                        ),
                        name="officeseeker_typed_until_confirmed",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("email", django.db.models.functions.text.Lower("email"))),
                        name="officeseeker_email_lower_case",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("tells_group", False), ("confirmed_at__isnull", False), _connector="OR"),
                        name="officeseeker_tells_once_confirmed",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GroupEndorsement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("statement", models.TextField(blank=True, max_length=2000, verbose_name="statement")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_because", models.CharField(blank=True, max_length=1000)),
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
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="group_endorsements",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="endorsements", to="affiliates.group"
                    ),
                ),
                (
                    "race",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="group_endorsements",
                        to="endorsements.race",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=["race", "candidate"],
                        name="groupendorsement_of_race",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("group", "race"),
                        name="groupendorsement_one_a_race",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Endorsement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("proposed", "waiting for two of the staff"),
                            ("approved", "approved"),
                            ("declined", "declined"),
                            ("withdrawn", "withdrawn"),
                        ],
                        default="proposed",
                        max_length=10,
                    ),
                ),
                ("statement", models.TextField(blank=True, max_length=4000, verbose_name="public statement")),
                ("proposed_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("public_from", models.DateTimeField(blank=True, null=True, verbose_name="published from")),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_because", models.CharField(blank=True, max_length=1000)),
                ("conflicts_sought_at", models.DateTimeField(blank=True, null=True)),
                ("revision", models.PositiveIntegerField(default=0)),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="endorsements",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "poll",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="endorsement", to="endorsements.poll"
                    ),
                ),
                (
                    "race",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="endorsements", to="endorsements.race"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "approved")),
                        fields=["public_from"],
                        name="endorsement_by_publication",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "approved")),
                        fields=("race",),
                        name="endorsement_one_in_force_a_race",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["proposed", "approved", "declined", "withdrawn"])),
                        name="endorsement_state_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("decided_at__isnull", True), ("state", "proposed")),
                            models.Q(("decided_at__isnull", False), ("state", "declined")),
                            models.Q(
                                ("decided_at__isnull", False),
                                ("public_from__isnull", False),
                                ("state__in", ("approved", "withdrawn")),
                            ),
                            _connector="OR",
                        ),
                        name="endorsement_decided",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "withdrawn"), _negated=True),
                            models.Q(
                                ("withdrawn_at__isnull", False), models.Q(("withdrawn_because", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="endorsement_withdrawn_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConflictOfInterest",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("paid", "paid by a campaign in this race"),
                            ("family", "family of a candidate"),
                            ("volunteer", "volunteers in a campaign in this race"),
                            ("other", "something else"),
                        ],
                        max_length=10,
                        verbose_name="what ties you to it",
                    ),
                ),
                ("words", models.CharField(blank=True, max_length=500, verbose_name="in your words")),
                ("declared_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                (
                    "candidate",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conflicts_of_interest",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "race",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conflicts_of_interest",
                        to="endorsements.race",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("race", "user", "kind"),
                        name="conflictofinterest_declared_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["paid", "family", "volunteer", "other"])),
                        name="conflictofinterest_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "other"), _negated=True),
                            models.Q(("words", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="conflictofinterest_of_another_kind_in_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ResearchNote",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(blank=True, max_length=8000, verbose_name="note")),
                ("file_name", models.CharField(blank=True, max_length=120)),
                ("file_kind", models.CharField(blank=True, max_length=100)),
                ("file", models.BinaryField(blank=True, null=True)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="research",
                        to="endorsements.candidate",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["candidate", "-at"], name="researchnote_of_candidate")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("text", ""), _negated=True), ("file__isnull", False), _connector="OR"
                        ),
                        name="researchnote_says_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("file__isnull", True), ("file_name", "")),
                            models.Q(("file__isnull", False), models.Q(("file_name", ""), _negated=True)),
                            _connector="OR",
                        ),
                        name="researchnote_file_has_name",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SeekerFollowUp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("text", models.TextField(max_length=4000, verbose_name="what was said")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "seeker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="follow_ups",
                        to="endorsements.officeseeker",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["seeker", "-at"], name="followup_of_seeker")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("text", ""), _negated=True), name="seekerfollowup_says_something"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="AllowedNaming",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("thing", models.CharField(max_length=80)),
                ("because", models.CharField(max_length=1000)),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
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
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="endorsements.candidate"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("candidate", "thing"), name="allowednaming_once"),
                    models.CheckConstraint(
                        condition=models.Q(("because", ""), _negated=True), name="allowednaming_has_reason"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CandidateLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("label", models.CharField(max_length=40, verbose_name="label")),
                ("url", models.URLField(max_length=300, verbose_name="address")),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="links", to="endorsements.candidate"
                    ),
                ),
            ],
            options={
                "ordering": ("label", "id"),
                "constraints": [
                    models.UniqueConstraint(fields=("candidate", "url"), name="candidatelink_once"),
                    models.CheckConstraint(
                        condition=models.Q(("url__regex", "^https?://")), name="candidatelink_is_web_address"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CounterEndorsement",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("endorsement", "the group’s own endorsement"),
                            ("event", "an event"),
                            ("promotion", "a promotion"),
                            ("page", "the group’s page"),
                        ],
                        max_length=12,
                    ),
                ),
                ("thing", models.CharField(max_length=80)),
                ("title", models.CharField(max_length=200)),
                ("opened_at", models.DateTimeField()),
                ("cure_until", models.DateTimeField()),
                ("told_at", models.DateTimeField(blank=True, null=True)),
                (
                    "outcome",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("cured", "the group has put it right"),
                            ("dismissed", "there is no conflict"),
                            ("upheld", "it was not put right"),
                        ],
                        max_length=10,
                    ),
                ),
                ("outcome_at", models.DateTimeField(blank=True, null=True)),
                ("outcome_words", models.CharField(blank=True, max_length=1000)),
                (
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="endorsements.candidate"
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
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="counter_endorsements",
                        to="affiliates.group",
                    ),
                ),
                (
                    "endorsement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conflicts",
                        to="endorsements.endorsement",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(condition=models.Q(("outcome", "")), fields=["cure_until"], name="counter_open")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("endorsement", "group", "thing"), name="counterendorsement_once_a_thing"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["endorsement", "event", "promotion", "page"])),
                        name="counterendorsement_kind_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("outcome", ""), ("outcome_at__isnull", True)),
                            models.Q(("outcome__in", ["cured", "dismissed", "upheld"]), ("outcome_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="counterendorsement_outcome_with_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("cure_until__gt", models.F("opened_at"))),
                        name="counterendorsement_has_cure_period",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PollNotice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opened", "the poll is open"),
                            ("half_time", "half of the time is over"),
                            ("last_day", "it closes within a day"),
                            ("reminder", "staff remind those who have not cast"),
                            ("extended", "the closing time is later"),
                            ("withdrawn", "a candidate has withdrawn"),
                            ("ballot", "a group has cast its ballot"),
                            ("struck", "a ballot was struck"),
                            ("closed", "the poll is closed"),
                            ("voided", "the poll is void"),
                        ],
                        max_length=10,
                    ),
                ),
                ("about", models.CharField(blank=True, max_length=40)),
                ("at", models.DateTimeField()),
                ("queued_up_to", models.PositiveIntegerField(default=0)),
                ("recipients", models.PositiveIntegerField(default=0)),
                ("queued_at", models.DateTimeField(blank=True, null=True)),
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
                    "poll",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="notices", to="endorsements.poll"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("queued_at__isnull", True)), fields=["at"], name="pollnotice_unfinished"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("poll", "kind", "about"), name="pollnotice_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "opened",
                                    "half_time",
                                    "last_day",
                                    "reminder",
                                    "extended",
                                    "withdrawn",
                                    "ballot",
                                    "struck",
                                    "closed",
                                    "voided",
                                ],
                            )
                        ),
                        name="pollnotice_kind_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EndorsementOpinion",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("by", models.CharField(max_length=40)),
                ("approves", models.BooleanField()),
                ("because", models.CharField(max_length=1000, verbose_name="reason")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                (
                    "endorsement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="opinions",
                        to="endorsements.endorsement",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("endorsement", "by"), name="endorsementopinion_one_a_person"),
                    models.CheckConstraint(
                        condition=models.Q(("because", ""), _negated=True), name="endorsementopinion_has_reason"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("by__startswith", "user:")), name="endorsementopinion_of_somebody"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Nomination",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("reason", models.TextField(max_length=4000, verbose_name="why this candidate")),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
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
                    "candidate",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="nominations",
                        to="endorsements.candidate",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="nominations", to="affiliates.group"
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("withdrawn_at__isnull", True)), fields=["-at"], name="nomination_newest"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at__isnull", True)),
                        fields=("group", "candidate"),
                        name="nomination_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("reason", ""), _negated=True), name="nomination_has_reason"
                    ),
                ],
            },
        ),
    ]
