"""Requests a second of the finder over HTTP with the production server, beside a view that does one read by key.

The two take turns within the same run, each from four connections at once, so that what else the machine
does meets both alike.
"""

import statistics
from concurrent.futures import ThreadPoolExecutor

from benchmarks.networks import make_groups
from benchmarks.preparation import prepare
from benchmarks.report import IS_SMALL, Report
from benchmarks.server import fetch_all, production_server
from foundation.places.population import sample_zip_codes

GROUPS = 1_000 if IS_SMALL else 1_200  # the size of the network
ROUNDS = 3 if IS_SMALL else 15
REQUESTS = 20 if IS_SMALL else 200  # of each connection, a round
CONNECTIONS = 4


def requests_per_second(port: int, paths: list[str]) -> float:
    with ThreadPoolExecutor(CONNECTIONS) as clients:
        seconds = max(clients.map(lambda _: fetch_all(port, paths), range(CONNECTIONS)))
    return CONNECTIONS * len(paths) / seconds


def main() -> None:
    prepare()
    make_groups(GROUPS)
    report = Report("pages")
    zip_codes = sample_zip_codes(REQUESTS, seed=11)
    finder, rival = [f"/groups/?near={code}" for code in zip_codes], [f"/bench/{code}/" for code in zip_codes]
    rates: dict[str, list[float]] = {"finder": [], "one read": []}
    with production_server() as port:
        for paths in (finder, rival):
            requests_per_second(port, paths)  # warm
        for _ in range(ROUNDS):
            rates["finder"].append(requests_per_second(port, finder))
            rates["one read"].append(requests_per_second(port, rival))
    rows = [[name, *(f"{value:,.0f}" for value in (min(r), statistics.median(r), max(r)))] for name, r in rates.items()]
    report.table(["requests a second", "least", "median", "most"], rows)
    ratios = [ours / theirs for ours, theirs in zip(rates["finder"], rates["one read"], strict=True)]
    report.at_least("finder / one read, median of rounds", statistics.median(ratios), 0.5)
    report.finish()


if __name__ == "__main__":
    main()
