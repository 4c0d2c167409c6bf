"""How benchmarks print: a table, then one line an aim. A missed aim makes the exit code 1."""

import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field

IS_SMALL = "--small" in sys.argv  # a quick run for CI: shows that it works, judges nothing


@dataclass
class Report:
    """Collects aims and prints them at the end."""

    name: str
    aims: list[tuple[str, float, str, bool]] = field(default_factory=list)

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
        """Print rows under a header, columns aligned."""
        cells = [[str(cell) for cell in row] for row in (header, *rows)]
        widths = [max(len(row[i]) for row in cells) for i in range(len(header))]
        for number, row in enumerate(cells):
            print(
                "  ".join(
                    cell.rjust(width) if i else cell.ljust(width)
                    for i, (cell, width) in enumerate(zip(row, widths, strict=True))
                )
            )
            if number == 0:
                print("  ".join("-" * width for width in widths))

    def at_most(self, what: str, value: float, limit: float, unit: str = "×") -> None:
        """An aim that `value` does not exceed `limit`."""
        self.aims.append((what, value, f"at most {limit:g} {unit}", value <= limit))

    def at_least(self, what: str, value: float, limit: float, unit: str = "×") -> None:
        """An aim that `value` reaches `limit`."""
        self.aims.append((what, value, f"at least {limit:g} {unit}", value >= limit))

    def finish(self) -> None:
        """Print each aim as `NAME: ratio (aim)` and exit: 1 where one is missed, unless it is a small run."""
        print()
        for what, value, aim, reached in self.aims:
            print(f"{self.name} {what}: {value:.2f} ({aim}){'' if reached else '  MISSED'}")
        sys.exit(0 if IS_SMALL or all(reached for *_rest, reached in self.aims) else 1)


def milliseconds(seconds: Sequence[float]) -> str:
    """Median and 95th percentile in milliseconds."""
    ordered = sorted(seconds)
    return f"{statistics.median(ordered) * 1000:.3f} / {ordered[int(len(ordered) * 0.95)] * 1000:.3f}"
