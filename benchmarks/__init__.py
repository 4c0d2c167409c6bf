"""What is fast, measured: each module is one benchmark that `./dev bench NAME` runs on services of its own."""

import django

django.setup()
