"""Workers that know the site's addresses before they take their first job."""

import gc
from typing import Any

from django.urls import get_resolver
from rq import Worker


def warm_up() -> None:
    """Load the views and their addresses, which the first link that a job writes would have to wait for.

    What is loaded by then stays: the collector of a child need not walk through it, and no page of it is copied.
    """
    get_resolver().reverse_dict  # noqa: B018  # reading it fills it
    gc.collect()
    gc.freeze()


class WarmWorker(Worker):
    """RQ's worker. It has a child for each job: what the parent has loaded, no child loads again."""

    def work(self, *args: Any, **options: Any) -> bool:
        """Take jobs until told to stop. True if there was one."""
        warm_up()
        return bool(super().work(*args, **options))
