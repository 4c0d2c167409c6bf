"""What apps above register that may keep a group's page from being published as it is written."""

from collections.abc import Callable, Iterable

from .models import Group

type FindTextObjection = Callable[[str, str], str]
"""Why this text may not stand on the page of this key, in words for who writes it; "" where nothing speaks against."""

_checks: dict[str, FindTextObjection] = {}


def register_text_objection(check: FindTextObjection) -> None:
    """Have `check(text, key of the page)` asked before a page is published. The same function again is asked once."""
    _checks[f"{check.__module__}.{check.__qualname__}"] = check


def objections_to_page(group: Group, text: str) -> list[str]:
    """All that speaks against publishing `text` on the page of `group`, in the order of registration."""
    return [because for check in _checks.values() if (because := check(text, page_key(group)))]


def page_key(group: Group) -> str:
    """The key of a group's page: the group's own names its scope of mails and its place in the audit log."""
    return f"{group.scope}:page"


def page_text(*, about: str, plan: str, labels: Iterable[str]) -> str:
    """The words of a group on its page, in one; the names of its links are among them."""
    return "\n\n".join([about, plan, *labels])
