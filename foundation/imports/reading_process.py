"""A process that reads and checks stretches of a large file. Started by `apart`."""

import django

if __name__ == "__main__":
    django.setup()
    from foundation.imports.apart import answer

    answer()
