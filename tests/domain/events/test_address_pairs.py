"""Addresses as people of many countries write them: what is one place, and what is two."""

from __future__ import annotations

from typing import Any

import pytest

from domain.events.event import Rejected
from domain.events.identity import MISSING, Pseudonyms, normalise_address
from domain.events.identity.abbreviations import ABBREVIATIONS, LANGUAGES
from domain.events.identity.countries import COUNTRIES, NAMES
from tests.support.event_lines import PARSER, order

FORM = Pseudonyms(b"one").form("address")
SAME = [
    # dots
    ("P.O. Box 12", "PO Box 12"), ("P. O. Box 12", "po box 12"), ("P.O Box 12", "PO BOX 12"), ("N.W. 5th St", "NW 5th Street"),
    ("N. W. 5th St", "Northwest Fifth Street"), ("U.S. Highway 1", "US Hwy 1"), ("U. S. Hwy 1", "US Highway 1"),
    ("5 J.F. Kennedy Ave", "5 JF Kennedy Avenue"), ("5 J.F.Kennedy Ave", "5 JF Kennedy Ave"), ("ул. И.И. Ленина 5", "ул ИИ Ленина 5"),
    ("V.le Roma 5", "Viale Roma 5"), ("P.zza Dante 5", "Piazza Dante 5"), ("P.za Dante 5", "Piazza Dante, 5"), ("C.so Como 5",
    "Corso Como 5"),
    ("S.ta Lucia 5", "Santa Lucia 5"),
    # apostrophes
    ("O'Connell St 5", "OConnell Street 5"), ("O’Connell St 5", "O'Connell St. 5"), ("O`Connell St 5", "OConnell St 5"),
    ("St. John's Rd 5", "St Johns Road 5"), ("St. John’s Rd 5", "Saint Johns Rd 5"), ("Kings' Road 5", "Kings Rd 5"),
    ("5 rue de l'Eglise", "5 Rue de l’Église"), ("5 Rue d'Alésia", "5 rue d Alesia"), ("Via dell'Orso 5", "via dell Orso 5"),
    ("Sant'Agata 5", "Sant Agata 5"), ("Côte d'Azur 5", "Cote d Azur 5"),
    # house and flat
    ("12a Main St", "12 A Main Street"), ("221B Baker St", "221 b Baker Street"), ("Hauptstr. 5c", "Hauptstraße 5 C"), ("ул. Мира 5а",
    "ул. Мира, 5 А"),
    ("12 Main St #4", "12 Main St Apt 4"), ("12 Main St # 4", "12 Main St, Unit 4"), ("12 Main St Apt #4", "12 Main Street Apt. 4"),
    ("12 Main St, #4B", "12 Main St Apt 4 B"), ("12 Main St Suite #200", "12 Main St Ste 200"), ("#12 Main St", "12 Main St"),
    ("12 Main St ＃４", "12 Main St #4"), ("Calle 5 # 10-20", "Calle 5 10-20"), ("PO Box #12", "P.O. Box 12"), ("5 Fifth Ave",
    "5 5th Avenue"),
    # German
    ("Am Platz 3", "Am Pl. 3"), ("Sankt-Pauli-Str. 5", "St. Pauli Straße 5"), ("Weg 5, Whg. 3", "Weg 5 Wohnung 3"), ("Weg Nr. 5",
    "Weg Nummer 5"),
    ("Postfach 12", "PF 12"),
    # French
    ("10 Bd Foch", "10 Boulevard Foch"), ("10 bd. Foch", "10 Blvd Foch"), ("10 Av. Foch", "10 avenue Foch"), ("10 R. de Rivoli",
    "10 rue de Rivoli"),
    ("3 All. des Tilleuls", "3 Allée des Tilleuls"), ("5 Rte de Lyon", "5 Route de Lyon"), ("Ste-Foy 5", "Sainte Foy 5"), ("5 Imp. Bel",
    "5 impasse Bel"),
    ("5 Rue X, Bât. B", "5 rue X Bâtiment B"),
    # Spanish
    ("C/ Mayor 5", "Calle Mayor, 5"), ("C/Mayor 5", "calle mayor 5"), ("Avda. Sol 5", "Avenida Sol 5"), ("Av. Sol 5", "Avenida Sol 5"),
    ("Pza. Real 5", "Plaza Real 5"), ("Pº Prado, Ctra. Sur 5", "Po Prado Carretera Sur 5"), ("C/ Mayor 5, Esc. B, 3 Izq.",
    "Calle Mayor 5 Escalera B 3 Izquierda"),
    ("Cra. 7 10-20", "Carrera 7 10-20"), ("Col. Roma 5", "Colonia Roma 5"), ("Dpto. 5", "Departamento 5"), ("Calle 5 N° 10",
    "Calle 5 No. 10"),
    ("Calle 5 Nº 10", "Calle 5 número 10"), ("Edif. Sol 5", "Edificio Sol 5"), ("Sta. Ana 5", "Santa Ana 5"),
    # Portuguese
    ("R. Augusta 5", "Rua Augusta 5"), ("R. Augusta, 5 - ap 12", "Rua Augusta 5 Apto. 12"), ("Av. Paulista 1000", "Avenida Paulista 1000"),
    ("Al. Santos 5", "Alameda Santos 5"), ("Pça. da Sé 5", "Praça da Sé 5"), ("Rod. Anhanguera km 5", "Rodovia Anhanguera, km 5"),
    ("Trav. Sol 5", "Travessa Sol 5"), ("Jd. América 5", "Jardim América 5"),
    # Polish
    ("ul. Łódzka 5", "ulica Lodzka 5"), ("al. Jerozolimskie 5", "Aleje Jerozolimskie 5"), ("os. Tysiąclecia 5", "Osiedle Tysiaclecia 5"),
    ("pl. Zamkowy 5", "Plac Zamkowy 5"), ("ul. gen. Andersa 5", "ulica Generała Andersa 5"), ("ul. Św. Jana 5", "ul. Świętego Jana 5"),
    # Turkish
    ("Cad. 5 İstanbul", "Caddesi 5 Istanbul"), ("Ilıca Sok. 5", "ILICA SOKAK 5"), ("Ilıca Sokağı 5", "Ilıca Sok. 5"), ("Moda Mah. 5",
    "Moda Mahallesi 5"),
    ("Atatürk Bulv. 5", "Ataturk Bulvarı 5"), ("Moda No:5 D:3", "Moda No 5 Daire 3"), ("Moda No:5 K: 2", "Moda no 5 kat 2"),
    ("Gül Apt. 5", "Gül Apartmanı 5"), ("B Blok 5", "B Blk. 5"),
    # Russian, Ukrainian
    ("ул. Ленина, 5", "улица Ленина 5"), ("ул. Ленина, д. 5, кв. 3", "улица Ленина, дом 5, квартира 3"), ("пр-т Мира 5", "проспект Мира 5"),
    ("пр-кт Мира 5", "просп. Мира 5"), ("б-р Мира 5", "бульвар Мира 5"), ("пер. Мира 5", "переулок Мира 5"), ("наб. Мойки 5",
    "набережная Мойки 5"),
    ("г. Москва, пл. Мира 5", "город Москва, площадь Мира 5"), ("ш. Энтузиастов 5", "шоссе Энтузиастов 5"), ("обл. Омская, корп. 2",
    "область Омская корпус 2"),
    ("вул. Хрещатик, буд. 1", "вулиця Хрещатик, будинок 1"), ("Ленинский р-н 5", "Ленинский район 5"), ("мкр-н Юг 5", "микрорайон Юг 5"),
    # English
    ("12 Oak Ter", "12 Oak Terrace"), ("12 Oak Cir.", "12 Oak Circle"), ("12 Oak Cres", "12 Oak Crescent"), ("12 Oak Trl", "12 Oak Trail"),
    ("Town Ctr 5", "Town Centre 5"), ("12 Mt. Oak Rd", "12 Mount Oak Road"), ("12 Ft Worth Rd", "12 Fort Worth Road"), ("Rm. 5, 12 Oak",
    "Room 5 12 Oak"),
    # countries at the end
    *((f"12 Elm Rd, Springfield, {one}", f"12 Elm Rd Springfield {other}") for one, other in (
        ("US", "USA"), ("U.S.A.", "us"), ("United States", "United States of America"), ("U.S.", "usa"), ("DE", "Germany"),
        ("Deutschland", "DEU"),
        ("UK", "United Kingdom"), ("U.K.", "GB"), ("Great Britain", "gb"), ("FR", "France"), ("España", "Spain"), ("ES", "Espana"),
        ("Italia", "IT"),
        ("Österreich", "Austria"), ("Schweiz", "Suisse"), ("CH", "Switzerland"), ("Nederland", "The Netherlands"), ("België", "Belgique"),
        ("Polska", "Poland"), ("Sverige", "Sweden"), ("Norge", "Norway"), ("Danmark", "DK"), ("Türkiye", "Turkey"), ("Brasil", "BR"),
        ("México", "mx"), ("Česká republika", "Czech Republic"), ("South Africa", "ZA"), ("New Zealand", "nz"), ("South Korea", "KR"),
    )),
    ("Минск 5, Россия", "Минск 5, RU"), ("Київ 5, Україна", "Київ 5 UA"),
]  # fmt: skip
DIFFERENT = [
    ("12 Main St", "12 Maine St"), ("1 A Main St", "1 B Main St"), ("1a Main St", "1b Main St"), ("12 Main St Apt 4", "12 Main St Apt 5"),
    ("12 Main St #4", "12 Main St #5"), ("12 Main St #4", "12 Main St 4"), ("12 Main St Apt 4", "12 Main St Ste 4"), ("12a Main St",
    "12 Main St"),
    ("12 E Main St", "12E Main St"), ("12 N Main St", "12N Main St"), ("12 Main St, Apt 4", "124 Main St"), ("1 2a Main St",
    "12 a Main St"),
    ("P.O. Box 12", "P.O. Box 13"), ("PO Box 12", "Box 12"), ("N.W. 5th St", "N.E. 5th St"), ("NW 5th St", "N 5th St W"),
    ("US Highway 1", "Highway 1"), ("Fifth Ave 1", "Sixth Ave 1"), ("1st St 2", "2nd St 1"), ("Fifth Ave", "5 Ave"),
    ("Main Ct 5", "Main Cres 5"), ("Main Ter 5", "Main Trl 5"), ("Main Pl 5", "Main Plaza 5"), ("Main Ln 5", "Main Ave 5"), ("Main Cir 5",
    "Main Ctr 5"),
    ("Main Mt 5", "Main Mtn 5"), ("Main Rd 5", "Main Rte 5"), ("Oak Hts 5", "Oak House 5"), ("Oak Fl 5", "Oak Apt 5"), ("Oak Rm 5",
    "Oak Fl 5"),
    ("O'Connell St 5", "Connell St 5"), ("O'Neil St 5", "O'Neill St 5"), ("St. John's Rd 5", "St. John Rd 5"), ("l'Orme 5", "d'Orme 5"),
    ("John's Rd 5", "Johnson Rd 5"), ("C/O Mayor 5", "Calle O Mayor 5"), ("C Mayor 5", "Calle Mayor 5"), ("Bloque C, Mayor 5",
    "Bloque Calle Mayor 5"),
    ("Calle Sol 5", "Carrera Sol 5"), ("Av. Sol 5", "Calle Sol 5"), ("Plaza Sol 5", "Paseo Sol 5"), ("5 3 Izq", "5 3 Dcha"),
    ("Sta. Ana 5", "Sto. Ana 5"),
    ("R. Kelly Ave 5", "Rua Kelly Ave 5"), ("Rua Sol 5", "Travessa Sol 5"), ("Rua Sol 5", "Praça Sol 5"), ("R 5 3 Mannheim",
    "Rua 5 3 Mannheim"),
    ("10 Bd Foch", "10 Av. Foch"), ("10 Rue Foch", "10 Route Foch"), ("10 All. Foch", "10 Av Foch"), ("Bât. A 5", "Bât. B 5"),
    ("5 bis Rue X", "5 Rue X"),
    ("Viale Roma 5", "Via Roma 5"), ("Piazza Roma 5", "Piazzale Roma 5"), ("Corso Roma 5", "Largo Roma 5"), ("Vicolo Roma 5",
    "Viale Roma 5"),
    ("ul. Długa 5", "al. Długa 5"), ("ul. Długa 5", "pl. Długa 5"), ("Moda Cad. 5", "Moda Sok. 5"), ("Moda No:5 D:3", "Moda No:5 K:3"),
    ("Moda No:5 D:3", "Moda No:5 D:4"), ("Hauptstr. 5", "Hauptplatz 5"), ("Köln 5", "Koeln 5"), ("Weg 5, EG", "Weg 5, OG"), ("Weg Whg. 3",
    "Weg Nr. 3"),
    ("ул. Мира 5", "пер. Мира 5"), ("пр-т Мира 5", "пр-д Мира 5"), ("пр. Мира 5", "проспект Мира 5"), ("ул. Мира 5 кв. 3",
    "ул. Мира 5 кв. 4"),
    ("ул. Мира 5а", "ул. Мира 5б"), ("ул. Мира 12г, Омск", "ул. Мира 12, г. Омск"), ("ул. Мира 5, корп. 2", "ул. Мира 5, стр. 2"),
    ("ул. Мира 5", "вул. Мира 5"), ("ул. Мира 5", "ul. Mira 5"), ("наб. Мира 5", "пл. Мира 5"), ("д. 5 кв. 3", "д. 3 кв. 5"),
    ("12 Elm, Ontario, CA", "12 Elm, Ontario, Canada"), ("12 Elm PL", "12 Elm Poland"), ("12 Main St SE", "12 Main St Sweden"),
    ("12 Elm No", "12 Elm Norway"), ("12 Elm IN", "12 Elm India"), ("12 Elm IL", "12 Elm Israel"), ("12 Elm, Albuquerque, New Mexico",
    "12 Elm, Albuquerque, New MX"),
    ("12 Elm, Newry, Northern Ireland", "12 Elm, Newry, Northern IE"), ("12 Elm, Perth, Western Australia", "12 Elm, Perth, Western AU"),
    ("12 Elm, Berlin, Germany", "12 Elm, Berlin, Austria"), ("12 Germany Rd", "12 DE Rd"), ("12 Elm, Georgia", "12 Elm, GE"),
    ("12 Elm US", "12 Elm UK"),
    ("12 Elm, Paris, France", "12 Elm, Paris"), ("12 Elm, England", "12 Elm, UK"), ("Seoul 5, North Korea", "Seoul 5, South Korea"),
]  # fmt: skip
STATES = (
    " al ak az ar ca co ct de fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut "
    "vt va wa wv wi wy dc pr on qc bc ab mb sk ns nb nl pe yt nt nu "
)


def test_the_tables_are_as_long_as_promised() -> None:
    assert min(len(SAME), len(DIFFERENT)) >= 80


@pytest.mark.parametrize(("one", "other"), SAME)
def test_two_spellings_of_one_place_are_one_address(one: str, other: str) -> None:
    assert FORM(one) == FORM(other) != ""
    assert FORM(FORM(one)) == FORM(one)


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_places_are_two_addresses(one: str, other: str) -> None:
    assert FORM(one) != FORM(other)
    assert "" not in (FORM(one), FORM(other))


def test_a_word_has_one_spelling_in_all_languages_and_that_is_the_last() -> None:
    words = [word for table in LANGUAGES for word in table]
    assert len(words) == len(set(words)) == len(ABBREVIATIONS)
    assert all(ABBREVIATIONS.get(short, short) == short for short in ABBREVIATIONS.values())
    for word, short in ABBREVIATIONS.items():
        assert normalise_address(f"{word} 7") == normalise_address(f"{short} 7") == f"{short} 7"


def test_the_word_of_a_country_is_no_other_word_of_addresses() -> None:
    words = COUNTRIES | {word for name in NAMES for word in name.split()}
    assert not words & (ABBREVIATIONS.keys() - {"s"}), "names are compared after abbreviations"
    assert not COUNTRIES & set(ABBREVIATIONS.values())
    assert {country for country in COUNTRIES if f" {country} " in STATES} <= {"de", "nl", "sk"}, (
        "Delaware, Newfoundland, Saskatchewan: no cities of one name are known"
    )
    assert set(NAMES.values()) <= COUNTRIES
    assert len(COUNTRIES) >= 30
    for name, country in NAMES.items():
        assert normalise_address(f"5 7 {name}") == normalise_address(f"5 7 {country}") == f"5 7 {country}"
        assert normalise_address(f"{name} 5") != normalise_address(f"{country} 5"), "at the end only"


@pytest.mark.parametrize(
    ("one", "other"),
    [("CA", "Canada"), ("ca", "CAN"), ("PL", "Polska"), ("NO", "Norway"), ("SE", "Sverige"), ("IN", "India"), ("US", "USA"), ("DE",
     "Deutschland"),
     ("CHE", "Schweiz"), ("U.S.A.", "United States")],
)  # fmt: skip
def test_the_part_that_is_a_country_is_read_as_one(one: str, other: str) -> None:
    def key(country: Any) -> int:
        return PARSER.parse(order(address={"line1": "12 Elm", "city": "Ontario", "country": country})).entities[2]

    assert key(one) == key(other) != MISSING
    assert key(one) != key(None)


def test_an_address_of_signs_alone_is_refused_as_before() -> None:
    for text in ("#", "C/", "'", "R.", "..", "#-'"):
        if any(map(str.isalnum, text)):
            assert FORM(text) != ""
            continue
        with pytest.raises(Rejected, match="no letter"):
            PARSER.parse(order(address=text))
