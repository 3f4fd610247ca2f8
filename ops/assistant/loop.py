"""A model that answers by tools: one a turn, within bounds of turns and time, its answer behind the fence."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from typing import Protocol

from ops.assistant import instructions
from ops.assistant.answer import Answer
from ops.assistant.fence import said_by
from ops.assistant.model_form import ANSWER, Turn, read_turn
from ops.assistant.proposed import proposed
from ops.assistant.proposing import PROPOSE, proposal_of
from ops.assistant.tools import MOST_CALLS, Toolbox
from ops.cases.errors import CaseError
from ops.llm.asked_model import NoAnswer

Messages = list[Mapping[str, str]]
MOST_TURNS = MOST_CALLS + 4
"""Turns of one question: the tools, some that were wrong, and the answer."""
_NOTHING = "The tools say nothing that answers it."


class Model(Protocol):
    """What says a turn. Raises `NoAnswer`."""

    name: str

    async def say(self, messages: Sequence[Mapping[str, str]]) -> str:
        """Return what the model answers to chat messages."""
        ...

    async def close(self) -> None:
        """Close what it has open."""
        ...


class Loop:
    """The conversation about one question."""

    def __init__(self, model: Model, toolbox: Toolbox, question: str, now: int) -> None:
        """Begin the conversation."""
        self._model, self._toolbox, self._question = model, toolbox, question
        self._messages: Messages = [
            {"role": "system", "content": instructions.rules(toolbox)},
            {"role": "user", "content": instructions.asked(question, now)},
        ]
        self._has_retried = False

    async def run(self, within_s: float) -> Answer:
        """Return the answer, or why there is none, with what the tools said."""
        try:
            async with asyncio.timeout(within_s):
                for _ in range(MOST_TURNS):
                    answer = self._taken(await self._model.say(self._messages))
                    if answer is not None:
                        return answer
        except TimeoutError:
            return self._unknown(f"The model took more than {within_s:g} s.")
        except NoAnswer as why:
            return self._unknown(f"The model gives no answer: {why}.")
        return self._unknown(f"The model gave no answer in {MOST_TURNS} turns.")

    def _taken(self, text: str) -> Answer | None:
        """Do what a turn says; return the answer if it was one."""
        try:
            turn = read_turn(text)
        except (ValueError, RecursionError) as error:
            self._again(text, str(error) or "it is no JSON")
            return None
        if turn.tool == ANSWER:
            return self._answered(text, turn)
        if turn.tool == PROPOSE:
            return self._proposed(text, turn)
        self._called(text, turn)
        return None

    def _called(self, text: str, turn: Turn) -> None:
        try:
            result = self._toolbox.call(turn.tool, turn.arguments)
        except CaseError as why:
            self._again(text, str(why))
            return
        self._reply(text, instructions.returned(result))

    def _proposed(self, text: str, turn: Turn) -> Answer | None:
        try:
            proposal = proposal_of(turn.arguments, self._question, self._toolbox.results)
            return proposed(self._toolbox, self._question, proposal, self._model.name)
        except CaseError as why:
            self._again(text, str(why))
            return None

    def _answered(self, text: str, turn: Turn) -> Answer | None:
        """Return the answer; rows that are none are told once, then they are left out."""
        sentences, wrong = said_by(turn.arguments, self._toolbox.results)
        if wrong and not self._has_retried:
            self._has_retried = True
            self._again(text, wrong)
            return None
        if not sentences:
            return self._unknown(_NOTHING)
        return Answer(self._question, self._question, sentences, self._toolbox.results, writer=self._model.name)

    def _again(self, text: str, why: str) -> None:
        self._reply(text, instructions.refused(why[:500]))

    def _reply(self, said: str, reply: str) -> None:
        self._messages += [{"role": "assistant", "content": said[: instructions.RESULT_CHARS]}, {"role": "user", "content": reply}]

    def _unknown(self, why: str) -> Answer:
        return Answer(self._question, self._question, (), self._toolbox.results, why, self._model.name)
