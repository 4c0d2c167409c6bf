"""Is this process alive, and can it do its work?"""

from django.core.cache import caches
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis import Redis
from redis.exceptions import RedisError


@never_cache
def live(request: HttpRequest) -> JsonResponse:
    """200 while this process answers at all; a supervisor restarts it when it does not."""
    return JsonResponse({"status": "ok"})


@never_cache
def ready(request: HttpRequest) -> JsonResponse:
    """200 when the database answers, else 503. Redis is reported and not required: it is only the doorbell."""
    database = _database_answers()
    answer = {"status": "ok" if database else "unavailable", "database": database, "redis": _redis_answers()}
    return JsonResponse(answer, status=200 if database else 503)


def _database_answers() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return False
    return True


def _redis_answers() -> bool:
    try:
        address = caches.settings["default"]["LOCATION"]
        with Redis.from_url(address, socket_timeout=1, socket_connect_timeout=1) as redis:
            return bool(redis.ping())
    except RedisError:
        return False
