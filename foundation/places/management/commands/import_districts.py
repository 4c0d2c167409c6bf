"""`import_districts FILE --edition 119`: districts from a Census crosswalk of ZIP codes to districts."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from foundation.places.districts import DistrictFileError, import_districts


class Command(BaseCommand):
    help = "Import districts from a Census crosswalk (state_fips,state_abbr,zcta,cd)."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--edition", required=True, help="which crosswalk it is: the Congress, such as 119")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with options["file"].open("rb") as file:
                result = import_districts(file, edition=options["edition"], actor=None)
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from error
        except DistrictFileError as error:
            raise CommandError(f"{options['file']}: {error}") from error
        for line, reason in result.errors:
            self.stderr.write(f"line {line}: {reason}")
        self.stdout.write(
            f"Districts of {result.edition}: {result.made} made, {result.changed} changed,"
            f" {result.unchanged} as before. {result.rows} rows, {len(result.errors)} left out;"
            f" {result.zip_codes} ZIP codes, {result.shared} of them in several districts."
        )
