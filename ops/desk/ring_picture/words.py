"""What a picture shows, in words: for those who hear it, for mails, and for the picture's description."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from domain.decisions.decision import BLOCK, INVESTIGATE
from domain.incidents.money import money_text
from domain.incidents.reason_phrases import NOUNS
from domain.wording import counted, plural
from ops.desk.markup import shortened
from ops.desk.ring_picture.graph import ACCOUNT, Graph, Node

DECISION_WORDS = {BLOCK: "blocked", INVESTIGATE: "to investigate", "": "no stored alert"}
_TOLD = 3
"""Shared things that the words name."""
_SUMS = 3


def noun_of(kind: str) -> str:
    """Return the word of people for a kind of entity."""
    return NOUNS.get(kind, shortened(kind, 20))


def kinds_in(nodes: Iterable[Node]) -> dict[str, int]:
    """Return how many entities of each kind there are, accounts first, then the rarest, which are shared."""
    found: Counter[str] = Counter()
    for node in nodes:
        found[node.kind] += node.members
    return dict(sorted(found.items(), key=lambda item: (item[0] != ACCOUNT, item[1], item[0])))


def name_of(node: Node) -> str:
    """Return what a node is: device 9c41a2b3c4d5e6f7, or 37 more accounts."""
    if node.members > 1:
        noun = noun_of(node.kind)
        return f"{node.members:,} more {plural(noun)}"
    return f"{noun_of(node.kind)} {shortened(node.name.partition(':')[2], 24)}"


def money_of(node: Node) -> str:
    """Return the node's sums of money, the largest first; empty without any."""
    sums = [money_text(units, shortened(currency, 3)) for currency, units in node.money[:_SUMS]]
    more = len(node.money) - _SUMS
    return " + ".join([*sums, counted(more, "more sum")] if more > 0 else sums)


def told(node: Node) -> str:
    """Return all that a node shows, in one line."""
    partners = counted(node.partners, "shared thing" if node.is_account else "account") if node.partners else ""
    parts = [name_of(node), DECISION_WORDS[node.decision], counted(node.alerts, "alert") if node.alerts else "", money_of(node)]
    return ", ".join(part for part in (*parts, partners if not node.is_account else "") if part)


def sentences(graph: Graph, at: int | None = None) -> tuple[str, ...]:
    """Return what the graph shows in revision `at`, the newest if None: the most telling first. Of an earlier
    one money and decisions are not told, and it is said what of the picture is of now.
    """
    shown = graph if at is None else graph.at(at)
    if not shown.nodes:
        return ("Nothing is known yet of who takes part.",)
    of_now = (
        ()
        if shown is graph
        else (
            f"Colours, sizes and decisions, and what a thing says when it is pointed at, are those of revision {graph.last}, not of then; "
            "sums beside accounts are left out.",
        )
    )
    return (*_sentences(shown, is_newest=shown is graph), *of_now)


def _sentences(graph: Graph, *, is_newest: bool) -> Iterator[str]:
    yield _whole(graph.nodes)
    accounts = [node for node in graph.nodes if node.is_account]
    many = sum(node.members for node in accounts)
    shared = sorted((node for node in graph.nodes if node.is_shared), key=lambda node: (-node.partners, -node.size, node.name))
    for node in shared[:_TOLD]:
        money = money_of(node) if is_newest else ""
        yield f"The {name_of(node)} is used by {_share(node.partners, many)}{f' ({money})' if money else ''}."
    if (more := len(shared) - _TOLD) > 0:
        yield f"{counted(more, 'more thing')} {'is' if more == 1 else 'are'} used by two accounts or more."
    yield from _parts(graph, many)
    yield from _decisions(accounts) if is_newest else ()
    yield from _growth(graph)
    yield from _unnamed(graph)


def _share(partners: int, many: int) -> str:
    """Return how many of the accounts: both, all 9 or 7 of them."""
    if partners >= many:
        return "both" if many == 2 else f"all {many:,}"
    return f"{partners:,} of them"


def _parts(graph: Graph, many: int) -> Iterator[str]:
    """Yield in how many parts the accounts are, where that is more than one."""
    part = {node.name: node.name for node in graph.nodes}

    def root(name: str) -> str:
        while part[name] != name:
            part[name] = name = part[part[name]]
        return name

    for link in graph.links:
        if link.account in part and link.thing in part:
            part[root(link.account)] = root(link.thing)
    count = len({root(node.name) for node in graph.nodes if node.is_account})
    if count == many > 1:
        yield "No flagged event connects them."
    elif count > 1:
        yield f"No flagged event connects the {count} parts; an approved one or an IP address may."


def _whole(nodes: Sequence[Node]) -> str:
    """Return e.g. "9 accounts on 2 devices, 3 addresses and 1 IP address." """
    first, *others = [counted(count, noun_of(kind)) for kind, count in kinds_in(nodes).items()]
    return f"{first} on {listed(others)}." if others else f"{first}."


def listed(words: Sequence[str]) -> str:
    """Return words as a list in a sentence: a, b and c."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}" if words else ""


def _decisions(accounts: Sequence[Node]) -> Iterator[str]:
    """Yield the gravest decision of the accounts, counted; nothing where no alert is stored."""
    counts = Counter[str]()
    for node in accounts:
        counts[node.decision] += node.members
    if any(counts[decision] for decision in (BLOCK, INVESTIGATE)):
        parts = [f"{counts[decision]:,} {word}" for decision, word in DECISION_WORDS.items() if counts[decision]]
        yield f"Accounts: {', '.join(parts)}."


def _growth(graph: Graph) -> Iterator[str]:
    first = sum(node.members for node in graph.nodes if node.is_account and node.since <= graph.revisions[0])
    if any(node.is_account and node.since > graph.revisions[0] for node in graph.nodes):
        yield f"Revision {graph.revisions[0]} had {counted(first, ACCOUNT)}."


def _unnamed(graph: Graph) -> Iterator[str]:
    """Yield how many more the newest revision counts without naming them."""
    missing = [f"{count:,} more {noun_of(kind) if count == 1 else plural(noun_of(kind))}" for kind, count in graph.unnamed.items()]
    if missing:
        verb = "takes" if sum(graph.unnamed.values()) == 1 else "take"
        yield f"{'' if graph.is_exact else 'At least '}{listed(missing)} {verb} part, unnamed."
