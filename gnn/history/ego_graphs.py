"""Ego-graphs as the models take them: links without padding, and a store of many in temporary files."""

from __future__ import annotations

import tempfile
from array import array
from collections.abc import Collection
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Protocol

import numpy as np
from numpy.typing import NDArray

from domain.features.extractor import FeatureBatch, FeatureExtractor

Floats = NDArray[np.float32]
Blank = tuple[NDArray[np.intp], ...]
"""Columns per table: of the event, of the nodes of each kind, of the links of each kind."""


def columns_of(extractor: FeatureExtractor, groups: Collection[str]) -> Blank:
    """Return the columns of some feature groups (`Feature.group`)."""
    tables = (extractor.event_features, *extractor.node_features, *extractor.link_features)
    return tuple(np.flatnonzero([feature.group in groups for feature in features]) for features in tables)


@dataclass(frozen=True)
class Links:
    """The real links of one entity kind, without padding.

    `values` f4[L, Fl]; `owner` i8[L], rising: the event (0 to B - 1) that each link belongs to.
    """

    values: Floats
    owner: NDArray[np.int64]


@dataclass(frozen=True)
class EgoGraphs:
    """B events: `event` f4[B, Fe], per entity kind `nodes` f4[B, Fn] and `links`."""

    event: Floats
    nodes: tuple[Floats, ...]
    links: tuple[Links, ...]

    def __len__(self) -> int:
        return len(self.event)

    @classmethod
    def of(cls, batch: FeatureBatch) -> EgoGraphs:
        """Return the ego-graphs of a batch, their links without the padding."""
        links = tuple(Links(entity.links[entity.mask], np.nonzero(entity.mask)[0]) for entity in batch.entities)
        return cls(batch.event, tuple(entity.node for entity in batch.entities), links)

    def without(self, blank: Blank) -> EgoGraphs:
        """Return a copy in which some columns are zero everywhere, so that they say nothing."""
        tables = [table.copy() for table in (self.event, *self.nodes, *(links.values for links in self.links))]
        for table, columns in zip(tables, blank, strict=True):
            table[:, columns] = 0.0
        nodes, links = tables[1 : 1 + len(self.nodes)], tables[1 + len(self.nodes) :]
        return EgoGraphs(tables[0], tuple(nodes), tuple(Links(values, old.owner) for values, old in zip(links, self.links, strict=True)))

    def flat(self) -> Floats:
        """Return the table of `FeatureBatch.flat`, f4[B, Fe + sum of Fn]."""
        return np.concatenate([self.event, *self.nodes], axis=1)


class Store(Protocol):
    """Ego-graphs by row number."""

    def __len__(self) -> int: ...

    def __getitem__(self, rows: NDArray[np.intp]) -> EgoGraphs: ...

    def flat(self, rows: NDArray[np.intp]) -> Floats:
        """Return the table of `EgoGraphs.flat` for these rows, without reading any link."""
        ...


class BlankedStore:
    """A store without some columns of another, to see what those are worth."""

    def __init__(self, store: Store, blank: Blank) -> None:
        self._store, self._blank = store, blank

    def __len__(self) -> int:
        return len(self._store)

    def __getitem__(self, rows: NDArray[np.intp]) -> EgoGraphs:
        return self._store[rows].without(self._blank)

    def flat(self, rows: NDArray[np.intp]) -> Floats:
        return self[rows].flat()


class EgoGraphStore:
    """Ego-graphs of any number of events on disk: appended batch by batch, then read by row number."""

    def __init__(self, extractor: FeatureExtractor) -> None:
        self.table_widths = [len(extractor.event_features), *(len(features) for features in extractor.node_features)]
        self.link_widths = [len(features) for features in extractor.link_features]
        self._files: list[IO[bytes]] = [tempfile.TemporaryFile() for _ in [*self.table_widths, *self.link_widths]]  # noqa: SIM115
        self._starts = [array("q", [0]) for _ in self.link_widths]
        self._arrays: list[Floats] = []

    def __enter__(self) -> EgoGraphStore:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Free the disk space."""
        self._arrays.clear()
        for file in self._files:
            file.close()

    def __len__(self) -> int:
        return len(self._starts[0]) - 1

    def append(self, batch: FeatureBatch) -> None:
        """Write the ego-graphs of a batch after those that are there."""
        graphs = EgoGraphs.of(batch)
        values = [graphs.event, *graphs.nodes, *(links.values for links in graphs.links)]
        for file, block in zip(self._files, values, strict=True):
            file.write(block.tobytes())
        for starts, links in zip(self._starts, graphs.links, strict=True):
            counts = np.bincount(links.owner, minlength=len(batch))
            starts.extend((starts[-1] + np.cumsum(counts)).tolist())
        self._arrays.clear()

    def __getitem__(self, rows: NDArray[np.intp]) -> EgoGraphs:
        arrays = self._mapped()
        tables, values = arrays[: len(self.table_widths)], arrays[len(self.table_widths) :]
        links = tuple(_gather(block, np.frombuffer(starts, np.int64), rows) for block, starts in zip(values, self._starts, strict=True))
        return EgoGraphs(np.asarray(tables[0][rows]), tuple(np.asarray(node[rows]) for node in tables[1:]), links)

    def flat(self, rows: NDArray[np.intp]) -> Floats:
        """Return the table of `EgoGraphs.flat` for these rows, without reading any link."""
        return np.concatenate([table[rows] for table in self._mapped()[: len(self.table_widths)]], axis=1)

    def _mapped(self) -> list[Floats]:
        if not self._arrays:
            for file, width in zip(self._files, [*self.table_widths, *self.link_widths], strict=True):
                file.flush()
                empty = file.seek(0, 2) == 0  # an empty file cannot be mapped
                mapped = np.zeros(0, np.float32) if empty else np.memmap(file, np.float32, "r")
                self._arrays.append(mapped.reshape(-1, width))
        return self._arrays


def _gather(values: Floats, starts: NDArray[np.int64], rows: NDArray[np.intp]) -> Links:
    places, owner = _places(starts[rows], starts[rows + 1] - starts[rows])
    return Links(np.asarray(values[places]), owner)


def _places(first: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.int64]]:
    """Return the places first[i] to first[i] + counts[i] - 1 of every i, one after the other, and the i of
    each.
    """
    owner = np.repeat(np.arange(len(first)), counts)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(counts) - counts, counts)
    return first[owner] + within, owner
