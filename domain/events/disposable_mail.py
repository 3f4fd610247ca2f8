"""Whether a mailbox is of a domain that gives throw-away ones, known before the address is hashed."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import cache
from importlib.resources import files

MAIL_CLASSES = ("no", "usual", "disposable")
"""Classes of an event's e-mail address; the position is the code in the trail. `no`: the event names none."""
NO_MAIL, USUAL_MAIL, DISPOSABLE_MAIL = range(len(MAIL_CLASSES))


def mail_class_of(spelling: str, domains: Collection[str]) -> int:
    """Return the class of an e-mail address in its canonical form, `NO_MAIL` for what is no mailbox.

    A domain counts with all domains below it.

        >>> mail_class_of("ann@mx.mailinator.com", {"mailinator.com"}) == DISPOSABLE_MAIL
        True
    """
    _, at, domain = spelling.rpartition("@")
    if not at or not domain:
        return NO_MAIL
    while domain:
        if domain in domains:
            return DISPOSABLE_MAIL
        _, _, domain = domain.partition(".")
    return USUAL_MAIL


def mail_classes(form: Callable[[str], str], further: Collection[str] = ()) -> Callable[[str], int]:
    """Return what tells the class of an address as an event gives it; `form` makes it canonical.

    Disposable are the domains of the list that ringwatch brings along and the `further` ones.
    """
    domains = shipped_domains() | frozenset(further)
    return lambda text: mail_class_of(form(text), domains)


@cache
def shipped_domains() -> frozenset[str]:
    """Return the domains of the list that ringwatch brings along."""
    return frozenset(domains_in(files("domain.events").joinpath("disposable_domains.txt").read_text(encoding="utf-8")))


def domains_in(text: str) -> list[str]:
    """Return the domains of a list, one a line, in lower case; what follows a `#` is a comment."""
    lines = (line.partition("#")[0].strip().lower().strip(".@") for line in text.splitlines())
    return [domain for domain in lines if domain]
