"""What every log line carries."""

import logging

from .requests import request_id


class RequestIdFilter(logging.Filter):
    """Adds the id of the request being answered (or "-") to each record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = request_id.get()
        return True
