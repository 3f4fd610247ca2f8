"""Contrast of colours, as WCAG computes it."""

from __future__ import annotations

Colour = tuple[int, ...]
"""Red, green and blue, 0 to 255 each."""


def colour(text: str) -> Colour:
    """`#1b2127` as a colour."""
    assert len(text) == 7 and text[0] == "#", f"{text} is no colour of six digits"
    return tuple(int(text[at : at + 2], 16) for at in (1, 3, 5))


def luminance(its: Colour) -> float:
    red, green, blue = ((one / 255 / 12.92) if one <= 10 else ((one / 255 + 0.055) / 1.055) ** 2.4 for one in its)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: Colour, other: Colour) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)
