"""The WSGI application that granian (or gunicorn) serves in production."""

import gc
import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.production")
application = get_wsgi_application()

# What was loaded by now stays for good: the collector need not walk through it again and again.
gc.collect()
gc.freeze()
# A request leaves little behind that only the collector finds: it looks less often than Python's 2,000 allocations.
gc.set_threshold(20_000, 20)
