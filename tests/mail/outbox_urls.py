"""The addresses of a local run."""

import config.urls
from foundation.mail import outbox_page

urlpatterns = [*config.urls.urlpatterns, *outbox_page.urlpatterns]
