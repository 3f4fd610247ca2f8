"""Where the feature columns of one event lie: all of them side by side in one row of f4.

event | node of kind 0 | node of kind 1 | ... | links of kind 0, [K, Fl0] | links of kind 1 | ...
"""

from __future__ import annotations

from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from domain.features.event_columns import event_features
from domain.features.feature import Feature, FeatureList, refuse_repeats
from domain.features.link_columns import link_features
from domain.features.node_columns import first_label_half_life, list_node_columns
from domain.features.sharing_columns import list_sharing_columns
from domain.graph import ENTITY_FIELDS, GraphSettings
from domain.memory.record import RecordLayout
from domain.memory.stage_table import stage_table
from domain.memory.trail import TrailCodec

_MOST_KINDS = len(ENTITY_FIELDS)

SHAPE = np.dtype(
    [
        *((name, "i8") for name in ("entities", "links", "numeric", "categorical", "numeric_at", "categorical_at", "labelled")),
        *((name, "i8") for name in ("places", "places_at", "seen_at")),
        ("node_at", "i8", (_MOST_KINDS + 1,)),
        ("link_at", "i8", (_MOST_KINDS + 1,)),
    ]
)
"""What compiled columns know of the graph as a whole; one type for every graph.

Numbers of `entities`, of `links` per entity (K), and of attributes; where the attributes begin in a trail's
head, in bytes (`numeric_at`, `categorical_at`); the first of the `labelled` half-lives; where each kind's
columns begin in a row, and after the last kind where they end (`node_at`, `link_at`); the number of `places`,
and where in a head their pseudonyms and what was seen of them begin.
"""


class FeatureRow:
    """The row of one graph: names, widths and places of its columns. The widths follow from the names."""

    def __init__(self, graph: GraphSettings) -> None:
        """Raise SettingError if two columns would have one name, or if a record would be too large."""
        self.graph = graph
        self.codec = TrailCodec(graph)
        kinds = range(len(graph.entities))
        self.event_features = event_features(graph)
        self.node_features = tuple(node_features(graph, position) for position in kinds)
        self.link_features = tuple(link_features(graph, position) for position in kinds)
        for features in (self.flat_features, *self.link_features):
            refuse_repeats(features)
        self.event_width = len(self.event_features)
        self.node_widths = tuple(len(features) for features in self.node_features)
        self.link_widths = tuple(len(features) for features in self.link_features)
        """Columns of one link, per kind."""
        node_at = tuple(accumulate(self.node_widths, initial=self.event_width))
        link_at = tuple(accumulate((graph.links * columns for columns in self.link_widths), initial=node_at[-1]))
        self.node_at, self.flat_width = node_at[:-1], node_at[-1]
        self.link_at, self.width = link_at[:-1], link_at[-1]
        layouts = tuple(RecordLayout(graph, position) for position in kinds)
        self.stages: NDArray[np.void] = stage_table(graph, layouts, self.codec)[: len(kinds)]
        """`STAGE`[N], the entity kinds' rows."""
        self.shape = self._shape()
        """`SHAPE`[1]."""

    @property
    def flat_features(self) -> tuple[Feature, ...]:
        """Return the columns before the links."""
        return (*self.event_features, *(feature for node in self.node_features for feature in node))

    def _shape(self) -> NDArray[np.void]:
        graph, shape = self.graph, np.zeros(1, SHAPE)
        shape["entities"], shape["links"] = len(graph.entities), graph.links
        shape["numeric"], shape["categorical"] = len(graph.numeric_attributes), len(graph.categorical_attributes)
        shape["numeric_at"], shape["categorical_at"] = self.codec.offset("numeric"), self.codec.offset("categorical")
        shape["places"] = len(graph.stages) - len(graph.entities)
        shape["places_at"], shape["seen_at"] = self.codec.offset("places"), self.codec.offset("seen")
        shape["labelled"] = first_label_half_life(graph)
        shape["node_at"][0, : len(self.node_widths) + 1] = (*self.node_at, self.flat_width)
        shape["link_at"][0, : len(self.link_widths) + 1] = (*self.link_at, self.width)
        return shape


def node_features(graph: GraphSettings, position: int) -> tuple[Feature, ...]:
    """Return the columns of the event's entity of one kind, as `write_columns` orders them."""
    node = FeatureList(graph.entities[position])
    list_node_columns(node, graph)
    list_sharing_columns(node, graph, position)
    return node.features
