"""More nodes than a picture can show."""

from __future__ import annotations

from ops.desk.ring_picture.crowd import MOST, bounded
from ops.desk.ring_picture.gather import graph_of
from ops.desk.ring_picture.ring import RingPicture
from tests.support.ring_samples import ring_alerts

FIVE_HUNDRED = ring_alerts([(account, account % 3) for account in range(500)])


def test_up_to_the_bound_nothing_is_gathered() -> None:
    graph = graph_of([], ring_alerts([(account, 0) for account in range(MOST - 1)]))
    assert bounded(graph) is graph


def test_above_it_accounts_are_gathered_at_what_they_share() -> None:
    graph = graph_of([], FIVE_HUNDRED)
    drawn = bounded(graph)
    many = [node for node in drawn.nodes if node.members > 1]
    assert MOST - 40 <= len(drawn.nodes) <= MOST
    assert sum(node.members for node in drawn.nodes) == 503
    assert sum(node.size for node in drawn.nodes if node.is_account) == sum(node.size for node in graph.nodes if node.is_account)
    assert len(many) == 3
    assert {link.thing for node in many for link in drawn.links if link.account == node.name} == {
        n.name for n in graph.nodes if n.is_shared
    }


def test_shared_things_stay() -> None:
    pairs = [
        alert | {"event_id": f"pair {alert['event_id']}"} for alert in ring_alerts((account, 10 + account // 2) for account in range(800))
    ]
    kept = {node.name for node in bounded(graph_of([], [*pairs, *FIVE_HUNDRED])).nodes if node.members == 1}
    assert {node.name for node in graph_of([], FIVE_HUNDRED).nodes if node.is_shared} <= kept


def test_many_small_groups_are_one() -> None:
    drawn = bounded(graph_of([], ring_alerts([(account, account // 3) for account in range(900)])))
    assert len(drawn.nodes) <= MOST
    assert sum(node.members for node in drawn.nodes) == 1200


def test_the_picture_says_how_many_and_the_words_count_all() -> None:
    picture = RingPicture.of([], FIVE_HUNDRED, "Ring")
    assert " more accounts" in picture.svg()
    assert picture.words()[0] == "500 accounts on 3 devices."


def test_a_gathered_node_is_no_link() -> None:
    assert "/entities/account%3A*" not in RingPicture.of([], FIVE_HUNDRED, "Ring").svg()
    assert ":*" not in RingPicture.of([], FIVE_HUNDRED, "Ring").svg()


def test_labels_count_the_gathered_too() -> None:
    svg = RingPicture.of([], ring_alerts([(account, 0) for account in range(500)]), "Ring").svg()
    assert ">500 accounts<" in svg
