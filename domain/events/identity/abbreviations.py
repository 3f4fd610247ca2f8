"""Common abbreviations of street, house and flat, a table a language: word -> the one way to write it.

An address does not say its language, so that a word is here only if it means the same in all of them, or
means nothing elsewhere. What has two meanings stays apart: the Russian `пр.` (avenue or passage), `S.` for
San, `CR`, `Pk`, `Cl`. Full words of which only one letter is left are read where it has its sign, see
`address_signs`. Accents and case are levelled before.
"""

from __future__ import annotations

ENGLISH = {
    "street": "st", "str": "st", "avenue": "ave", "av": "ave", "aven": "ave", "road": "rd", "boulevard": "blvd", "boul": "blvd",
    "drive": "dr", "lane": "ln", "court": "ct", "place": "pl", "square": "sq", "highway": "hwy", "parkway": "pkwy", "terrace": "ter",
    "terr": "ter", "circle": "cir", "crescent": "cres", "trail": "trl", "alley": "aly", "heights": "hts", "center": "ctr", "centre": "ctr",
    "gardens": "gdns", "grove": "grv", "junction": "jct", "crossing": "xing", "expressway": "expy", "freeway": "fwy", "turnpike": "tpke",
    "route": "rte", "rt": "rte", "mount": "mt", "fort": "ft", "mountain": "mtn", "village": "vlg", "ridge": "rdg",
    "springs": "spgs", "apartment": "apt", "appartment": "apt", "apartments": "apts", "suite": "ste", "unit": "apt", "flat": "apt",
    "floor": "fl", "flr": "fl", "room": "rm", "level": "lvl", "building": "bldg", "house": "hse", "block": "blk", "department": "dept",
    "number": "no", "num": "no", "north": "n", "south": "s", "east": "e", "west": "w", "northeast": "ne", "northwest": "nw",
    "southeast": "se", "southwest": "sw", "saint": "st", "doctor": "dr", "professor": "prof", "general": "gen",
    "first": "1st", "second": "2nd", "third": "3rd", "fourth": "4th", "fifth": "5th", "sixth": "6th", "seventh": "7th", "eighth": "8th",
    "ninth": "9th", "tenth": "10th", "eleventh": "11th", "twelfth": "12th",
}  # fmt: skip
GERMAN = {
    "strasse": "st", "platz": "pl", "nummer": "no", "nr": "no", "hausnummer": "no", "hausnr": "no", "sankt": "st", "wohnung": "apt",
    "whg": "apt", "appartement": "apt", "obergeschoss": "og", "erdgeschoss": "eg", "hinterhaus": "hinterhs", "postfach": "pf",
    "doktor": "dr",
}  # fmt: skip
FRENCH = {
    "bd": "blvd", "bvd": "blvd", "rue": "rua", "allee": "all", "chem": "chemin", "impasse": "imp", "faubourg": "fbg", "fg": "fbg",
    "residence": "res", "batiment": "bat", "escalier": "esc", "appt": "apt", "sainte": "ste", "docteur": "dr", "professeur": "prof",
    "passage": "pas",
}  # fmt: skip
SPANISH = {
    "avenida": "ave", "avda": "ave", "avd": "ave", "cll": "calle", "carrera": "cra", "kra": "cra", "paseo": "pso", "plaza": "pza",
    "plza": "pza", "plz": "pza", "carretera": "ctra", "crta": "ctra", "camino": "cno", "urbanizacion": "urb", "edificio": "edif",
    "edf": "edif", "bloque": "blq", "escalera": "esc", "izquierda": "izq", "izda": "izq", "izqda": "izq", "derecha": "dcha",
    "puerta": "pta", "departamento": "dpto", "depto": "dpto", "apartamento": "apt", "apto": "apt", "numero": "no", "nro": "no",
    "interior": "int", "colonia": "col", "manzana": "mz", "mza": "mz", "pasaje": "pje", "psje": "pje", "esquina": "esq",
    "santa": "sta", "santo": "sto", "ciudad": "cd", "kilometro": "km", "bulevar": "blvd", "gral": "gen", "profesor": "prof",
}  # fmt: skip
PORTUGUESE = {
    "travessa": "trav", "tv": "trav", "alameda": "al", "praca": "pca", "rodovia": "rod", "estrada": "estr", "bloco": "bl",
    "conjunto": "conj", "cj": "conj", "quadra": "qd", "ap": "apt", "jardim": "jd", "parque": "pq", "pque": "pq", "coronel": "cel",
    "direito": "dto", "esquerdo": "esq", "doutor": "dr",
}  # fmt: skip
ITALIAN = {
    "viale": "vle", "piazza": "pza", "pzza": "pza", "piazzale": "ple", "pzle": "ple", "corso": "cso", "largo": "lgo", "vicolo": "vlo",
    "strada": "st", "contrada": "cda", "frazione": "fraz", "localita": "loc", "interno": "int", "fratelli": "flli",
}  # fmt: skip
POLISH = {
    "ulica": "ul", "aleja": "al", "aleje": "al", "plac": "pl", "osiedle": "os", "numer": "no", "lokal": "lok", "mieszkanie": "mieszk",
    "budynek": "bud", "swietego": "sw", "swietej": "sw", "generala": "gen", "ksiedza": "ks", "marszalka": "marsz",
}  # fmt: skip
TURKISH = {
    "caddesi": "cad", "cadde": "cad", "sokak": "sok", "sokagi": "sok", "mahallesi": "mah", "mahalle": "mah", "bulvari": "blvd",
    "bulvar": "blvd", "blv": "blvd", "bulv": "blvd", "apartmani": "apt", "apartman": "apt", "sitesi": "sit", "blok": "blk",
}  # fmt: skip
RUSSIAN = {
    "улица": "ул", "проспект": "просп", "переулок": "пер", "площадь": "пл", "бульвар": "бул", "набережная": "наб", "шоссе": "ш",
    "тупик": "туп", "дом": "д", "квартира": "кв", "корпус": "корп", "строение": "стр", "подъезд": "под", "этаж": "эт", "офис": "оф",
    "город": "г", "область": "обл", "микрорайон": "мкр", "мкрн": "мкр", "поселок": "пос", "имени": "им", "помещение": "пом",
}  # fmt: skip
UKRAINIAN = {
    "вулиця": "вул", "провулок": "пров", "площа": "пл", "будинок": "буд", "набережна": "наб", "поверх": "пов", "офіс": "оф",
}  # fmt: skip

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ITALIAN, POLISH, TURKISH, RUSSIAN, UKRAINIAN)
ABBREVIATIONS = {word: short for table in LANGUAGES for word, short in table.items()}
