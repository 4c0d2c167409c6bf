from django.contrib.postgres.operations import CreateExtension, TrigramExtension
from django.db import migrations

# Geocentric metres on the WGS-84 ellipsoid, as foundation.places.distance.position computes them.
# The body is parsed here and now, so it means the same under any search_path (pg_restore empties it).
# Every function in it is strict and immutable: Postgres puts the formula itself in the place of a call.
CREATE_POSITION = """
CREATE FUNCTION places_position(latitude double precision, longitude double precision) RETURNS cube
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN cube(cube(cube(
        6378137 / sqrt(1 - 6.69437999014131699614e-3 * sin(radians(latitude)) ^ 2) * cos(radians(latitude)) * cos(radians(longitude))),
        6378137 / sqrt(1 - 6.69437999014131699614e-3 * sin(radians(latitude)) ^ 2) * cos(radians(latitude)) * sin(radians(longitude))),
        6378137 / sqrt(1 - 6.69437999014131699614e-3 * sin(radians(latitude)) ^ 2) * (1 - 6.69437999014131699614e-3) * sin(radians(latitude)));
"""


class Migration(migrations.Migration):
    dependencies = []
    operations = [
        CreateExtension("cube"),
        TrigramExtension(),
        migrations.RunSQL(CREATE_POSITION, "DROP FUNCTION places_position(double precision, double precision)"),
    ]
