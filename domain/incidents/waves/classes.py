"""The classes of events that are watched: a type of event and the age of the account."""

from __future__ import annotations

from domain.events.disposable_mail import DISPOSABLE_MAIL
from domain.memory.crowd import AGE_CLASSES, CROWD_TYPES, OTHERS, parts_of

CLASSES = tuple((kind, age) for kind in CROWD_TYPES for age in AGE_CLASSES)
"""A wave is of one class, and each class has at most one open wave."""
SERIES = 2 * len(CLASSES)
"""Each class is counted twice, one after the other: all its events, and those with a disposable mailbox."""
TYPES = tuple(CROWD_TYPES.index(kind) for kind, _ in CLASSES)
"""Place of each class's type in `CROWD_TYPES`."""


def class_of(crowd: int) -> tuple[int, bool, bool]:
    """Return the place in `CLASSES` of a crowd, whether its mailboxes are disposable, and whether its events
    name what others named.
    """
    kind, age, mail = parts_of(crowd)
    return kind * len(AGE_CLASSES) + age, mail == DISPOSABLE_MAIL, crowd >= OTHERS


def class_name(position: int) -> str:
    """Return the name of a class, which is that of its wave's ring: wave-refund_request-new."""
    return "wave-" + "-".join(CLASSES[position])
