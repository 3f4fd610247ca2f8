"""`ringwatch tail`: the job's Redis streams on a terminal, or as JSON lines for a pipe."""

from __future__ import annotations

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TextIO

from rich.console import Console

from ops.redis.connection import RedisReadError
from ops.redis.consumer import StreamConsumer
from ops.redis.dead_letters import DEAD
from ops.redis.entry import Entry
from ops.redis.private_group import private_name
from ops.terminal.cards import CardChoice, print_entry
from ops.terminal.endings import discard_output, has_no_reader, is_reader_gone, undisturbed
from ops.terminal.group_status import stream_status

STREAMS = ("alerts", "incidents", "rejected")
"""What the job writes."""
_LOOK_EVERY_S = 1.0  # for new entries, and whether the output has a reader
_WIDTH_WITHOUT_TERMINAL = 100  # of incident cards; lines are left whole for grep


def tail(
    url: str,
    prefix: str,
    streams: Sequence[str] = STREAMS,
    *,
    group: str | None = None,
    from_start: bool = False,
    as_json: bool = False,
    follow: bool = True,
    out: TextIO | None = None,
    every_card: bool = False,
    options: str = "",
) -> int:
    """Show the entries of `streams` until interrupted, or with `follow` false until there are no more.

    Without `group` it sees every entry, through a group of its own that it removes at the end. Members of a
    named group share the entries and go on where the group was; `from_start` matters only where the group is
    new. With `every_card` each revision of an incident is a card, else only those
    that `CardChoice` chooses. `options` are those of a command that a card shows.

    Returns:
        The exit code: 0, also when interrupted, or the pipe's reader or the terminal has gone; 1 if Redis
        cannot be read, with the reason on stderr.
    """
    out = sys.stdout if out is None else out
    show = _as_json_line if as_json else _as_text(out, CardChoice(every_card), options)
    member = f"tail-{socket.gethostname()}-{os.getpid()}"
    try:
        consumer = StreamConsumer(url, prefix, streams, group or private_name("tail"), member, "0" if from_start else "$", merged=True)
    except RedisReadError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        consumer.open()
        for entry in _entries(consumer, follow, out):
            out.write(show(entry))
            out.flush()
    except KeyboardInterrupt:
        pass
    except OSError as error:
        if not is_reader_gone(error):
            raise
        discard_output(out)
    except RedisReadError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        with undisturbed():
            if group is None:
                consumer.destroy_groups()
            else:
                consumer.leave()
            consumer.close()
    return 0


def status(url: str, prefix: str, streams: Sequence[str] = (*STREAMS, DEAD), out: TextIO | None = None, *, as_json: bool = False) -> int:
    """Print how long each stream is and how far each consumer group has read; return the exit code as `tail`
    does.
    """
    try:
        found = stream_status(url, prefix, streams)
    except RedisReadError as error:
        print(error, file=sys.stderr)
        return 1
    for stream in found:
        for line in [json.dumps(asdict(stream))] if as_json else stream.lines():
            print(line, file=out)
    return 0


def _entries(consumer: StreamConsumer, follow: bool, out: TextIO) -> Iterator[Entry]:
    """Yield entries until there are no more, or with `follow` until nobody reads `out` any more."""
    while (entries := consumer.poll(_LOOK_EVERY_S if follow else 0.0)) or (follow and not has_no_reader(out)):
        for entry in entries:
            yield entry
            consumer.ack(entry)


def _as_json_line(entry: Entry) -> str:
    """Return the entry's fields in one object, `json` parsed, or as it is where it is not strict JSON."""
    named = {"stream": entry.stream, "entry": entry.entry_id}
    record = {**named, **entry.fields, **named}
    document = entry.document()
    try:
        return json.dumps(record if document is None else {**record, "json": document}, allow_nan=False) + "\n"
    except ValueError:
        return json.dumps(record) + "\n"


def _as_text(out: TextIO, cards: CardChoice, options: str) -> Callable[[Entry], str]:
    width = None if out.isatty() else _WIDTH_WITHOUT_TERMINAL
    console = Console(file=out, width=width, markup=False, emoji=False, highlight=False)

    def show(entry: Entry) -> str:
        with console.capture() as capture:
            print_entry(console, entry, cards, options=options)
        return capture.get()

    return show
