"""The answer that is a proposal: what would be done, and what is known of whom it would be done to."""

from __future__ import annotations

from dataclasses import replace

from ops.assistant.answer import BY_CODE, Answer
from ops.assistant.proposal import LIST, RULE, VERDICT, Proposal
from ops.assistant.result import Result
from ops.assistant.rule_trials import TOOL as TRY
from ops.assistant.sentences import Sentence
from ops.assistant.tools import MOST_CALLS, Toolbox
from ops.cases.errors import CaseError, Conflict, NotFound


def proposed(toolbox: Toolbox, question: str, proposal: Proposal, writer: str = BY_CODE, is_tried: bool = False) -> Answer:
    """Return the answer; nothing is done. `is_tried`: a rule is tried first.

    A verdict on what has no case cannot be proposed, nor can a rule that the job would refuse.
    """
    tried: list[Sentence] = []
    try:
        if proposal.act == RULE:
            toolbox.check_rule(proposal.fields["text"])
            tried = [_tried(toolbox, proposal)] if is_tried else []
        known = _look_up(toolbox, proposal)
        if proposal.act == VERDICT:
            proposal = _of_case(toolbox, proposal)
    except CaseError as why:
        return Answer(question, question, (), toolbox.results, f"{why}.", writer)
    said = [*tried, Sentence(f"Proposed, nothing is done yet: {proposal.words}.", tuple(one.name for one in toolbox.results))]
    if not known:
        said.append(Sentence(f"Nothing is known of {proposal.fields['entity']}.", ()))
    return Answer(question, question, said, toolbox.results, writer=writer, proposal=proposal)


def _tried(toolbox: Toolbox, proposal: Proposal) -> Sentence:
    if not toolbox.tries_rules:
        raise Conflict("no rule can be tried here by you: analysts may, where the service has the settings of the job")
    found = toolbox.call(TRY, {"decision": proposal.fields["decision"], "when": list(proposal.when)})
    return Sentence(f"{found.title}: {_in_words(found)}.", (found.name,))


def _in_words(found: Result) -> str:
    return ", ".join(f"{what} {value}" for what, value in map(found.texts, found.rows))


def _look_up(toolbox: Toolbox, proposal: Proposal) -> bool:
    tool = {LIST: "entity", VERDICT: "incident"}.get(proposal.act)
    if tool is None or len(toolbox.results) >= MOST_CALLS:
        return True
    try:
        toolbox.call(tool, {tool: proposal.fields[tool]})
    except NotFound:
        if proposal.act != LIST:
            raise
        return False
    return True


def _of_case(toolbox: Toolbox, proposal: Proposal) -> Proposal:
    return replace(proposal, fields={**proposal.fields, "case": toolbox.case_of(proposal.fields["incident"])})
