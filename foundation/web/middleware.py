"""The type that every middleware takes."""

from collections.abc import Callable

from django.http import HttpRequest
from django.http.response import HttpResponseBase

type GetResponse = Callable[[HttpRequest], HttpResponseBase]
