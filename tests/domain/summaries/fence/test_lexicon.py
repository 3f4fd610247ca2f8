"""The lexicon holds no word that nobody could prove by a fact."""

from __future__ import annotations

import pytest

from domain.summaries.fence.lexicon import lexicon_of
from domain.summaries.fence.relations import relations_of
from domain.summaries.languages.language import language_of

NEVER = {
    "people": (
        "gang hacker fraudster criminal thief crook suspect victim employee insider courier police "
        "man woman child family student leader owner analyst "
    ),
    "crime and law": (
        "crime criminal theft steal rob launder arrest court judge-not guilty innocent illegal lawsuit prison charge bribe forge fake "
    ),
    "technique": "malware phishing botnet proxy vpn emulator script breach hack leak ransom",
    "places": "country germany nigeria russia china city town abroad foreign hotel warehouse",
    "time": (
        "yesterday tomorrow tonight night morning noon weekend monday january spring summer year "
        "month week day hour minute second later earlier-not ago soon-not "
    ),
    "comparison": ("twice thrice more fewer less-not larger bigger worse better than-not average-not rise increase decrease double "),
    "numbers": ("dozen dozens hundred hundreds thousand million billion third quarter percent percentage fraction "),
    "negation": "no not never none nothing nobody neither nor cannot hardly without",
    "relenting": ("approve release ignore dismiss clear-not harmless legitimate genuine forgive lenient coincidence mistake false "),
    "money taken": "lose lost win earn spend-not pocket withdraw refund-not transfer recover insure",
    "past of steps": "ship deliver confirm close complete restore resolve delete ban terminate escalate verify",
    "addresses": "http https www com net email-not link-not click visit download",
}
_OTHER_SENSE = {"close"}  # near, not shut


@pytest.mark.parametrize("word", sorted({word for words in NEVER.values() for word in words.split() if not word.endswith("-not")}))
def test_the_lexicon_holds_no_word_that_no_fact_can_say(word: str) -> None:
    assert lexicon_of("en").word(word) is None or word in _OTHER_SENSE


@pytest.mark.parametrize(
    ("form", "lemma"),
    [
        ("alerts", "alert"),
        ("addresses", "address"),
        ("raised", "raise"),
        ("tying", "tie"),
        ("carried", "carry"),
        ("spotted", "spot"),
        ("made", "make"),
    ],
)
def test_a_form_is_found_by_its_lemma(form: str, lemma: str) -> None:
    word = lexicon_of("en").word(form)
    assert word is not None
    assert word.lemma == lemma


def test_a_word_of_its_own_is_a_form_of_a_verb_too() -> None:
    word = lexicon_of("en").word("linked")
    assert word is not None
    assert {"guard:linked", "verb:link"} <= word.classes


def test_the_longest_idiom_is_taken() -> None:
    assert lexicon_of("en").idiom(["no", "link", "between", "them"], 0) == (4, "unlinked")


def test_the_tables_of_relations_know_the_classes_of_the_lexicon() -> None:
    language = language_of("en")
    words, relations = language.data("words"), language.data("relations")
    verbs = {*words["verbs"], "plain"}
    for table in ("active", "passive"):
        assert {name for text in relations[table].values() for name in text.split()} <= verbs
    assert set(relations["objects"]) <= verbs
    assert relations_of("en").allows_subject("account", frozenset({"raise"}), False)
