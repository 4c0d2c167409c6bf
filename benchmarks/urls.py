"""The product's addresses and, beside them, the rival of `bench_pages`: one read by primary key, nothing else."""

from django.http import HttpRequest, JsonResponse
from django.urls import path

from config.urls import urlpatterns as ours
from foundation.places.models import ZipCode


def one_read(request: HttpRequest, code: str) -> JsonResponse:
    """What the least page of a Django site does."""
    found = ZipCode.objects.get(pk=code)
    return JsonResponse({"code": found.code, "city": found.city, "state": found.state})


urlpatterns = [path("bench/<str:code>/", one_read), *ours]
