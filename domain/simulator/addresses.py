"""Postal addresses, spelled the way people type them: never twice the same."""

from __future__ import annotations

STREETS = (
    "Maple", "Oak", "Station", "Church", "Garden", "Mill", "River", "Park", "School", "Lake", "Bridge", "Market",
    "Castle", "Forest", "Meadow", "Hill", "Linden", "Birch", "Chestnut", "Victoria", "King", "Queen", "Albert",
    "Harbour", "Orchard", "Spring", "Valley", "Willow", "Cedar", "Abbey",
)  # fmt: skip
STREET_KINDS = (("Street", "St."), ("Avenue", "Ave."), ("Road", "Rd."), ("Lane", "Ln."), ("Drive", "Dr."))
CITIES = (
    ("Berlin", "DE"), ("Hamburg", "DE"), ("München", "DE"), ("Leipzig", "DE"), ("Paris", "FR"), ("Lyon", "FR"),
    ("Nantes", "FR"), ("Madrid", "ES"), ("Sevilla", "ES"), ("Milano", "IT"), ("Torino", "IT"), ("Wien", "AT"),
    ("Graz", "AT"), ("Utrecht", "NL"), ("Rotterdam", "NL"), ("Gent", "BE"), ("Dublin", "IE"), ("Lisboa", "PT"),
    ("Porto", "PT"), ("Helsinki", "FI"),
)  # fmt: skip


def spell_address(place: int, hand: int) -> str | dict[str, str]:
    """Return an address as somebody writes it down: `place` (64 random bits) says which, `hand` (64 random
    bits) how.

    All spellings of a place are one address after the normalisation of the event contract.
    """
    place, street = divmod(place, len(STREETS))
    place, kind = divmod(place, len(STREET_KINDS))
    place, (city, country) = place // len(CITIES), CITIES[place % len(CITIES)]
    place, house = divmod(place, 180)
    postal_code, flat = place % 90_000 + 10_000, place // 90_000 % 60
    short, comma, case = hand & 1, hand >> 1 & 3, hand >> 3 & 15
    line1 = f"{house + 1} {STREETS[street]} {STREET_KINDS[kind][short]}"
    line2 = f"{'Apt' if short else 'Apartment'} {flat}" if 0 < flat < 20 else ""
    parts = {"line1": line1, "line2": line2, "city": city, "postal_code": str(postal_code), "country": country}
    change_case = {0: str.upper, 1: str.lower, 2: str.lower}.get(case, str)
    written = {name: change_case(text) for name, text in parts.items() if text}
    return written if hand >> 7 & 1 else (", ", ", ", " ", "; ")[comma].join(written.values())
