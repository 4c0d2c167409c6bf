"""Groups for benchmarks: as many as wanted, spread like the population, made in seconds by COPY."""

import random

from django.db import connection

from benchmarks.preparation import empty
from foundation.places.models import ZipCode
from foundation.places.population import sample_zip_codes

COLUMNS = (
    "name", "name_key", "slug", "status", "listed_at", "country", "state", "zip_code_id", "place_name", "time_zone",
    "about", "plan", "contact_email", "last_active_at", "created_at", "latitude", "longitude",
)  # fmt: skip


def make_groups(count: int, *, seed: int = 1) -> None:
    """Replace all groups by `count` listed ones at population-weighted ZIP codes, then ANALYZE."""
    chance = random.Random(seed)
    known = {z.code: z for z in ZipCode.objects.filter(latitude__isnull=False)}
    zip_codes = sample_zip_codes(count, seed=seed)
    empty("affiliates_group")
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY affiliates_group ({', '.join(COLUMNS)}) FROM STDIN") as copy:
            for number, code in enumerate(zip_codes):
                z = known[code]
                copy.write_row((
                    f"Neighbors of {z.city} {number}", f"neighborsof{number}", f"group-{number}", "listed",
                    "2026-01-01T00:00:00Z", "US", z.state, z.code, f"{z.city}, {z.state}",
                    z.time_zone or "America/New_York", "We meet on Tuesdays. " * 20, "", "",
                    "2026-05-01T00:00:00Z", "2026-01-01T00:00:00Z",
                    (z.latitude or 0) + chance.uniform(-0.02, 0.02), (z.longitude or 0) + chance.uniform(-0.02, 0.02),
                ))  # fmt: skip
        cursor.execute("ANALYZE affiliates_group")
