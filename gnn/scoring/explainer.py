"""Why the model flags an event: the feature groups without which the score falls most.

Each is worded by the input that counts most in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from domain.decisions.decision import Reason
from domain.decisions.reason_words import Usual, clock_words, conditions, link_words, reads, tells, words
from domain.features.extractor import Feature, FeatureBatch, FeatureExtractor
from gnn.scoring.ablated_inputs import Inputs, Table
from gnn.scoring.scorer import Scorer, tables_of

ALWAYS = 3  # reasons that are given however weak, if they raise the score at all
LEAST_SHARE = 0.05  # of the strongest reason: a further one below that tells nothing
# inputs of a group, those furthest from their usual value, that are tried for the one to name
CANDIDATES = 6
DIGITS = 9  # of a logit: what follows depends on the batch
_CLOCK = ("hour_cos", "hour_sin", "weekday_cos", "weekday_sin")


def strongest(drops: NDArray[np.float64], most: int) -> list[list[int]]:
    """Return per event (a row of f8[B, G]) at most `most` groups that raise the score, strongest first."""
    named = []
    for drop in np.round(drops, DIGITS):
        order = [int(group) for group in np.argsort(-drop, kind="stable")[:most] if drop[group] > 0.0]
        named.append([group for place, group in enumerate(order) if place < ALWAYS or drop[group] >= LEAST_SHARE * drop[order[0]]])
    return named


class Explainer:
    """Explainer of flagged events. It scores a few dozen variants of each: too dear for the others."""

    def __init__(self, scorer: Scorer, extractor: FeatureExtractor, most: int) -> None:
        self._scorer, self._most = scorer, most
        self._kinds = extractor.graph.entities
        self._features = tables_of(extractor)
        self._middle = dict(zip(self._features, scorer.reference.middle, strict=True))
        self._spread = {
            table: np.where(deviation > 0, deviation, np.float32(1.0))
            for table, deviation in zip(self._features, scorer.reference.moments.deviation, strict=True)
        }
        self._flat = extractor.flat_features
        self._usual, self._scale = (
            np.concatenate([of[table] for table in self._features if table[0] != "link"]) for of in (self._middle, self._spread)
        )
        self._but: dict[tuple[int, int], Inputs] = {}
        self._column = {feature.name: index for index, feature in enumerate(self._flat)}
        self._reads = {
            table: [reads(*one) for one in zip(features, self._middle[table].tolist(), strict=True)]
            for table, features in self._features.items()
        }

    def reasons(self, batch: FeatureBatch) -> list[list[Reason]]:
        """Return the reasons of each event, strongest first.

        The weight is what the group adds to the logit of the score.
        """
        drops, flat = self._scorer.explain(batch), batch.flat()
        asked = [(row, group) for row, groups in enumerate(strongest(drops, self._most)) for group in groups]
        found: list[list[Reason]] = [[] for _ in range(len(batch))]
        if not asked:  # flagged by a rule or a list, and nothing about them is unusual
            return found
        for (row, group), column in zip(asked, self._leading(batch, asked), strict=True):
            table = self._scorer.inputs[group].table
            feature = self._features[table][column]
            text = self._link_words(batch, row, table, column) if table[0] == "link" else self._words(feature, flat[row])
            found[row].append(Reason(self._scorer.groups[group].upper().replace(".", "_"), text, float(drops[row, group])))
        return found

    def _leading(self, batch: FeatureBatch, asked: Sequence[tuple[int, int]]) -> list[int]:
        """Return for each asked (row, group) its most telling column.

        It raises the score most when it alone is given back to the group taken away.

        Taken away alone, one of several inputs that say nearly the same would change nothing.
        """
        flat = batch.flat()
        distance = np.abs(flat - self._usual) / self._scale
        tried = []
        for row, group in asked:
            inputs = self._scorer.inputs[group]
            if inputs.table[0] == "link":
                tried.append(self._candidates(inputs, *self._of_links(batch, row, inputs)))
            else:
                tried.append(self._candidates(inputs, flat[row, inputs.places], distance[row, inputs.places]))
        removed = [[self._others(group, column)] for (_, group), columns in zip(asked, tried, strict=True) for column in columns]
        rows = np.repeat([row for row, _ in asked], [len(columns) for columns in tried]).astype(np.intp)
        logits = self._scorer.logits_without(batch, rows, removed)
        parts = np.split(logits, np.cumsum([len(columns) for columns in tried])[:-1])
        return [columns[int(np.argmax(np.round(part, DIGITS)))] for columns, part in zip(tried, parts, strict=True)]

    def _others(self, group: int, column: int) -> Inputs:
        """Return the inputs of a group but for one column."""
        if (group, column) not in self._but:
            self._but[group, column] = self._scorer.inputs[group].but(column)
        return self._but[group, column]

    def _candidates(self, inputs: Inputs, values: NDArray[np.float32], distance: NDArray[np.float32]) -> list[int]:
        """Return the columns furthest from their usual value, in deviations.

        Those that read like the usual come last.
        """
        furthest = np.argsort(-distance, kind="stable")
        features, usual = self._features[inputs.table], self._reads[inputs.table]
        columns, found = inputs.columns.tolist(), values.tolist()
        telling = (at for at in furthest.tolist() if tells(features[columns[at]], found[at], usual[columns[at]]))
        tried = list(islice(telling, CANDIDATES)) or furthest[:CANDIDATES]
        return [columns[at] for at in tried]

    def _of_links(self, batch: FeatureBatch, row: int, inputs: Inputs) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return each column's mean over the event's links, and its distance from the usual one."""
        values = _links(batch, row, inputs.table)[:, inputs.columns].mean(axis=0)
        return values, np.abs(values - self._middle[inputs.table][inputs.columns]) / self._spread[inputs.table][inputs.columns]

    def _words(self, feature: Feature, row: NDArray[np.float32]) -> str:
        if feature.name in (f"event.{angle}" for angle in _CLOCK):
            return clock_words({angle: float(row[self._column[f"event.{angle}"]]) for angle in _CLOCK})
        # not a number that means nothing, but that it is missing
        missing = (name for name in conditions(feature) if name in self._column and not row[self._column[name]])
        column = self._column[next(missing, feature.name)]
        reference = self._scorer.reference
        usual = Usual(float(reference.usual[column]), float(reference.mean[column]))
        return words(self._flat[column], float(row[column]), usual)

    def _link_words(self, batch: FeatureBatch, row: int, table: Table, column: int) -> str:
        mean = float(self._middle[table][column])
        return link_words(self._features[table][column], _links(batch, row, table)[:, column].tolist(), mean, self._kinds[table[1]])


def _links(batch: FeatureBatch, row: int, table: Table) -> NDArray[np.float32]:
    """Return f4[links, C]; a link group that adds to a score has links."""
    entity = batch.entities[table[1]]
    return np.asarray(entity.links[row][entity.mask[row]])
