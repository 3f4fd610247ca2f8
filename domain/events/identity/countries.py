"""Countries at the end of an address: one word for one country.

It is the code of ISO 3166 where no address ends with that code for another reason. `CA` is California, `PL`
is Place and `SE` is southeast: such countries have their English name, and their code stays apart, but in the
part `country` of an address in parts.
"""

from __future__ import annotations

_BY_CODE = {
    "us": "usa, united states, united states of america, estados unidos, etats unis, vereinigte staaten",
    "gb": "uk, gbr, united kingdom, great britain",
    "de": "deu, germany, deutschland, allemagne, alemania",
    "fr": "fra, france, frankreich, francia",
    "it": "ita, italy, italia, italien, italie",
    "es": "esp, spain, espana, spanien, espagne",
    "pt": "prt, portugal",
    "nl": "nld, netherlands, the netherlands, nederland, niederlande",
    "be": "bel, belgium, belgie, belgique, belgien",
    "at": "aut, austria, osterreich, oesterreich",
    "ch": "switzerland, schweiz, suisse, svizzera",
    "dk": "dnk, denmark, danmark",
    "fi": "finland, suomi",
    "ie": "irl, ireland, eire, republic of ireland",
    "cz": "cze, czechia, czech republic, cesko, ceska republika",
    "sk": "svk, slovakia, slovensko",
    "hu": "hun, hungary, magyarorszag",
    "ro": "rou, romania",
    "gr": "grc, greece, hellas, ελλαδα",
    "tr": "tur, turkey, turkiye",
    "ua": "ukr, ukraine, україна",
    "ru": "rus, russia, russian federation, россия, российская федерация",
    "br": "bra, brazil, brasil",
    "mx": "mex, mexico",
    "jp": "jpn, japan",
    "cn": "chn, china",
    "kr": "kor, s korea, korea",
    "au": "aus, australia",
    "nz": "nzl, new zealand, aotearoa",
    "za": "zaf, s africa",
    "ae": "uae, united arab emirates",
}
"""Code -> other names, as the form of an address has them: `south` is `s` there."""
_BY_NAME = {
    "canada": ("ca can", "kanada"),
    "poland": ("pl pol", "polska, polen, pologne"),
    "norway": ("no nor", "norge, norwegen"),
    "sweden": ("se swe", "sverige, schweden"),
    "india": ("in ind", "bharat"),
    "argentina": ("ar arg", "argentinien"),
    "chile": ("cl chl", ""),
    "colombia": ("co col", "kolumbien"),
    "israel": ("il isr", ""),
}
"""English name -> its codes, which are words of other addresses, and its other names."""
NAMES = {name: code for code, names in _BY_CODE.items() for name in names.split(", ")}
NAMES |= {name: country for country, (_, names) in _BY_NAME.items() for name in names.split(", ") if name}
"""Name, in the words of an address's form -> the country's one word."""
COUNTRIES = frozenset(_BY_CODE) | frozenset(_BY_NAME)
"""One word for each country."""
_IN_PART = {code: country for country, (codes, _) in _BY_NAME.items() for code in codes.split()} | {"che": "ch", "fin": "fi"}
_ENDS: dict[str, list[list[str]]] = {}
for _name in NAMES:
    _ENDS.setdefault(_name.split()[-1], []).append(_name.split())
for _names in _ENDS.values():
    _names.sort(key=len, reverse=True)
_OTHER_PLACES = frozenset({"new mexico", "northern ireland", "western australia", "s australia", "n korea"})
"""What ends like a country and is none, or another one."""


def with_country(words: list[str]) -> list[str]:
    """Return the words of an address, the name of a country at its end as one word for that country."""
    for name in _ENDS.get(words[-1], ()) if words else ():
        if words[-len(name) :] == name and " ".join(words[-2:]) not in _OTHER_PLACES:
            return [*words[: -len(name)], NAMES[" ".join(name)]]
    return words


def country_part(text: str) -> str:
    """Return the country of an address in parts: its name where the code has another meaning in addresses."""
    return _IN_PART.get(text.strip().lower(), text)
