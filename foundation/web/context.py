"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def network(request: HttpRequest) -> dict[str, Any]:
    """The network's own settings and what the page needs of the environment."""
    return {
        "NETWORK_NAME": settings.NETWORK_NAME,
        "NETWORK_EMAIL": settings.NETWORK_EMAIL,
        "NETWORK_PLATFORM_URL": settings.NETWORK_PLATFORM_URL,
        "NETWORK_LOGO": settings.NETWORK_LOGO,
        "IS_LOCAL": settings.DEBUG,
    }
