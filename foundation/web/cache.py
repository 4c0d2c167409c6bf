"""The cache: Valkey or Redis, whose absence slows pages and never breaks them."""

import logging
from typing import Any

from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

logger = logging.getLogger("network.cache")


class _ForgivingClient(RedisCacheClient):
    """Answers as an empty cache would while the server is away."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._kept: dict[Any, Any] = {}

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        """One client a server: Django makes a new one for each call, which takes longer than most calls do."""
        pool = self._get_connection_pool(write)  # type: ignore[attr-defined]  # not in the stubs
        if pool not in self._kept:
            self._kept[pool] = self._client(connection_pool=pool)  # type: ignore[attr-defined]
        return self._kept[pool]

    def add(self, key: Any, value: Any, timeout: Any) -> bool:
        return bool(_or(True, super().add, key, value, timeout))

    def get(self, key: Any, default: Any) -> Any:
        return _or(default, super().get, key, default)

    def set(self, key: Any, value: Any, timeout: Any) -> None:
        _or(None, super().set, key, value, timeout)

    def touch(self, key: Any, timeout: Any) -> bool:
        return bool(_or(False, super().touch, key, timeout))

    def delete(self, key: Any) -> bool:
        return bool(_or(False, super().delete, key))

    def get_many(self, keys: Any) -> dict[Any, Any]:
        return dict(_or({}, super().get_many, keys))

    def has_key(self, key: Any) -> bool:
        return bool(_or(False, super().has_key, key))

    def incr(self, key: Any, delta: int) -> int:
        return int(_or(delta, super().incr, key, delta))

    def set_many(self, data: Any, timeout: Any) -> None:
        _or(None, super().set_many, data, timeout)

    def delete_many(self, keys: Any) -> None:
        _or(None, super().delete_many, keys)


def _or(fallback: Any, call: Any, *arguments: Any) -> Any:
    try:
        return call(*arguments)
    except RedisError:
        logger.warning("the cache does not answer; going on without it")
        return fallback


class ForgivingRedisCache(RedisCache):
    """Django's Redis cache on the forgiving client."""

    def __init__(self, server: Any, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self._class = _ForgivingClient
