"""A JSON object is found in an answer by decoding, whatever the model has written around it."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.summaries.answer import ANSWER_CHARS, decoded
from domain.summaries.objects import objects_in
from domain.summaries.thoughts import spoken

DRAFT = {
    "headline": "12 accounts [F1] share one device",
    "explanation": 'They raised 40 alerts [F2]; "half" of {F3} within {F4: "x"}.',
    "pattern": "device farm",
    "next_steps": ["Hold the orders.", "Look up the device."],
}
OTHER = {**DRAFT, "headline": "3 accounts"}
TEXT = json.dumps(DRAFT)
INDENTED = json.dumps(DRAFT, indent=2)
ENTRIES = [{"incident": f"inc-{n}.1", **DRAFT} for n in range(3)]
SEVERAL = {"summaries": ENTRIES}

AROUND_ONE = {
    "a fence, a preface, a trailer": f"Sure!\n```json\n{INDENTED}\n```\nHope that helps {{F3}}.",
    "a fence that does not close": f"```json\n{TEXT}",
    "braces before": f"The facts {{F1}} and {{F2}} {{see {{below}}}}: {TEXT}",
    "braces after": TEXT + "\nThis JSON object contains a list of {next_steps} for {each}.",
    "an object before that is no summary": f'I read {{"id": "F1", "value": 3}} first. {TEXT}',
    "an object after that is no summary": f'{TEXT} {{"done": true}}',
    "a draft before": f'{{"headline": "A ring"}}\n\nThe whole:\n{TEXT}',
    "a whole draft before": f"{json.dumps(OTHER)}\n\nCorrected:\n{TEXT}",
    "part of a draft after": f'{TEXT}\nOr {{"headline": "A ring"}}?',
    "thoughts": f'<think>Maybe {{"headline": "A ring"}} or {json.dumps(OTHER)}.</think>{TEXT}',
    "thoughts with no opening tag": f'Let me see {{"headline": }} </think>\n\n{TEXT}',
    "thoughts after": f"{TEXT}<think>Was that right? {json.dumps(OTHER)}</think>",
    "thoughts that name their tag": f"<think>I close with </think> and write {json.dumps(OTHER)}</think>{TEXT}",
    "other tags": f"<reasoning>{json.dumps(OTHER)}</reasoning>{TEXT}",
    "Mistral's tags": f"[THINK]hm[/THINK]{TEXT}",
    "Kimi's tags": f"\u25c1think\u25b7hm\u25c1/think\u25b7{TEXT}",
    "a namespace": f"<seed:think>{json.dumps(OTHER)}</seed:think>{TEXT}",
    "nothing but thoughts": f"<think>\n{TEXT}",
    "the channels of gpt-oss": "<|channel|>analysis<|message|>We need {\"headline\": ...}<|end|><|start|>assistant"
    f"<|channel|>final <|constrain|>json<|message|>{TEXT}<|return|>",
    "the same without marks": f"analysisWe need {json.dumps(OTHER)}assistantfinal{TEXT}",
    "a tool's channel": f"<|channel|>commentary to=functions.json <|constrain|>json<|message|>{TEXT}<|call|>",
    "blanks to the cap": TEXT + "\n" * 5_000,
    "JSON in a JSON string": json.dumps(TEXT),
    "the same within a fence": f"```json\n{json.dumps(INDENTED)}\n```",
    "a wrapper": json.dumps({"summary": DRAFT}),
    "two wrappers and a list": json.dumps({"result": {"summaries": [{"incident": "inc-1.1", **DRAFT}]}}),
    "a schema filled in": json.dumps({"type": "object", "properties": DRAFT}),
    "JSON in a string of a wrapper": json.dumps({"answer": TEXT}),
    "a list": json.dumps([DRAFT]),
    "commas before brackets": INDENTED.replace('"\n', '",\n').replace("]\n", "],\n"),
    "line breaks within strings": TEXT.replace("half", "ha\nlf").replace("Hold the", "Hold\nthe"),
    "tokens of a template": f"<|im_start|>assistant\n{TEXT}<|im_end|></s>",
    "a byte order mark": "\ufeff" + TEXT,
}  # fmt: skip


@pytest.mark.parametrize("what", AROUND_ONE)
def test_a_summary_is_found(what: str) -> None:
    found = decoded(AROUND_ONE[what])
    expected = json.loads(TEXT.replace("half", "ha\\nlf").replace("Hold the", "Hold\\nthe")) if "line" in what else DRAFT
    assert found == expected


def test_a_closing_tag_within_a_string_is_no_end_of_thoughts() -> None:
    said = json.dumps({**DRAFT, "explanation": "It says </think> and <think> here."})
    assert decoded(f"<think>hm</think>{said}") == json.loads(said)


AROUND_SEVERAL = {
    "plain": json.dumps(SEVERAL),
    "a fence": f"Here:\n```json\n{json.dumps(SEVERAL, indent=2)}\n```",
    "an empty draft of it before": f'{{"summaries": []}} {json.dumps(SEVERAL)}',
    "an empty one after": f'{json.dumps(SEVERAL)} {{"summaries": []}}',
    "a bare list": json.dumps(ENTRIES),
    "one line each": "\n".join(map(json.dumps, ENTRIES)),
    "a wrapper": json.dumps({"result": SEVERAL}),
    "each under its incident": json.dumps({entry["incident"]: {n: v for n, v in entry.items() if n != "incident"} for entry in ENTRIES}),
    "the same within summaries": json.dumps({"summaries": {entry["incident"]: entry for entry in ENTRIES}}),
    "JSON in a JSON string": json.dumps(json.dumps(SEVERAL)),
    "thoughts": f"<think>{json.dumps(ENTRIES[0])}</think>{json.dumps(SEVERAL)}",
}


@pytest.mark.parametrize("what", AROUND_SEVERAL)
def test_several_summaries_are_found(what: str) -> None:
    assert decoded(AROUND_SEVERAL[what], 3) == SEVERAL


@given(st.integers(0, len(json.dumps(SEVERAL)) - 1))
def test_of_a_list_that_is_cut_the_whole_items_are_kept(length: int) -> None:
    cut = json.dumps(SEVERAL)[:length]
    whole = [entry for n, entry in enumerate(ENTRIES) if length >= len(json.dumps({"summaries": ENTRIES[: n + 1]})) - 2]
    if whole:
        assert decoded(cut, 3) == {"summaries": whole}
    else:
        with pytest.raises(ValueError, match="not one JSON object"):
            decoded(cut, 3)


@given(st.integers(0, len(TEXT) - 1))
def test_half_a_summary_is_none(length: int) -> None:
    with pytest.raises(ValueError, match="not one JSON object"):
        decoded(TEXT[:length])


NO_ANSWER = [
    "",
    "{",
    "no",
    "{}",
    '{"a": 1}',
    "[1]",
    '"text"',
    "null",
    "I cannot {help} you.",
    "<think>hm",
    f"<think>{TEXT}</think>I cannot help.",
]


@pytest.mark.parametrize("answer", NO_ANSWER)
def test_what_is_no_summary_is_said_so(answer: str) -> None:
    with pytest.raises(ValueError, match="the answer is not one JSON object with headline"):
        decoded(answer)


PROSE = st.text(st.sampled_from('{}[]"\\:,\n <>|/`aF3'), max_size=30)
WORDS = st.text(st.characters(blacklist_characters='"\\<[\u25c1', blacklist_categories=("Cs",)), max_size=30)
DRAFTS = st.fixed_dictionaries(
    {"headline": st.text(max_size=20), "explanation": PROSE, "pattern": st.just("unclear"), "next_steps": st.lists(PROSE, max_size=3)}
)


@settings(max_examples=300, deadline=None)
@given(WORDS, DRAFTS, WORDS)
def test_whatever_prose_is_around_it_the_object_is_found(before: str, draft: dict[str, Any], after: str) -> None:
    assert decoded(f"{before}{json.dumps(draft)}{after}") == draft


@settings(max_examples=300, deadline=None)
@given(PROSE, st.lists(DRAFTS, max_size=2), PROSE)
def test_no_text_breaks_it(before: str, drafts: list[dict[str, Any]], after: str) -> None:
    try:
        assert isinstance(decoded(before + "".join(map(json.dumps, drafts)) + after), dict)
    except ValueError as error:
        assert "the answer" in str(error)


HOSTILE = {
    "open objects": '{"a":' * 40_000,
    "open strings": '{" ' * 40_000,
    "braces": "{" * 144_000,
    "braces and blanks": "{ " * 70_000,
    "blanks": "{" + " " * 140_000,
    "lists": '{"a":' + "[" * 140_000,
    "commas": '{"a":[' + "1,]" * 40_000,
    "commas alone": '{"a":1' + "," * 140_000 + "}",
    "long numbers": '{"a":' + "1" * 140_000 + "}",
    "quotes": '"' * 140_000,
    "backslashes": '"' + "\\" * 140_000,
    "tags": "<think>" * 20_000,
    "closing tags": "</think>" * 18_000,
    "tags half": "<think " * 20_000,
    "channels": "<|channel|>" * 12_000,
    "a channel's name": "<|channel|>" + "a" * 140_000,
    "channels without marks": "analysis" + "assistant " * 14_000,
    "objects": '{"a":1}' * 20_000,
    "tags and objects": '{"a":1}<think>' * 10_000,
    "strings in strings": json.dumps(json.dumps(json.dumps(json.dumps("{" * 20_000)))),
}


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_answer_takes_no_time(what: str) -> None:
    begin = time.process_time()
    with pytest.raises(ValueError, match="the answer"):
        decoded(HOSTILE[what][: ANSWER_CHARS * 9], 9)
    assert time.process_time() - begin < 0.5


def test_objects_are_found_with_their_places() -> None:
    text = f'a {{b}} {TEXT} {{"c": {{"d": 1}} e {{"f": 2}}'
    found = list(objects_in(text))
    assert [each.value for each in found] == [DRAFT, {"d": 1}, {"f": 2}]
    assert all(json.loads(text[each.begin : each.end]) == each.value for each in found)


@settings(max_examples=200, deadline=None)
@given(PROSE)
def test_what_is_spoken_is_part_of_what_was_written(text: str) -> None:
    assert spoken(spoken(text)) == spoken(text)
    assert "<think>" in text or "</" in text or "<|" in text or spoken(text) == text
