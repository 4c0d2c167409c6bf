"""What every log line carries."""

import logging

from .requests import request_id


class RequestIdFilter(logging.Filter):
    """Adds the id of the request being answered (or "-") to each record, and takes the request itself away.

    Django hands it to its error lines, and written out it would show the whole address, query and all.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        record.__dict__.pop("request", None)
        return True
