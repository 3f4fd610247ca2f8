"""Trials of new models on schedule: `ringwatch retrain` as a process that the worker of `serve` starts."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import SettingError
from domain.paths import file_error
from domain.times import now_ms

if TYPE_CHECKING:
    from flink_job.commands.retrain_process import RetrainProcess
    from flink_job.settings.settings import Settings
    from gnn.retraining.ledger import Entry
    from ops.cases.store import Store

LOG = logging.getLogger(__name__)
_LOOKS_S = 5.0


@contextmanager
def retraining(settings: Settings, store: Store, words: Sequence[str]) -> Iterator[None]:
    """Try new models as long as the context lasts, with `retrain.every_days`. Raises `SettingError`.

    `words` give the process the settings of this one.
    """
    from flink_job.commands.retrain_process import RetrainProcess
    from flink_job.commands.serve_checks import check_schedule
    from ops.notify.step_thread import StepThread

    check_schedule(settings)
    if not settings.retrain.every_days:
        yield
        return
    process = RetrainProcess(["retrain", "--lake", str(settings.lake.url), *words], settings.retrain)
    trials = Trials(settings, store, process, now_ms)
    thread = StepThread("retraining", trials.step, _LOOKS_S)
    thread.start()
    try:
        yield
    finally:
        thread.begin_end()
        process.end()
        thread.stop()


class Trials:
    """What looks whether a trial is due, starts it, and notes in ledger, audit and log how it has ended."""

    def __init__(self, settings: Settings, store: Store, process: RetrainProcess, clock: Callable[[], int]) -> None:
        """Note the parts; without an earlier trial the first is due at the first hour from now."""
        self._settings, self._store, self._process, self._clock = settings.retrain, store, process, clock
        self._folder, self._since, self._said = Path(settings.retrain.folder), clock(), ""

    def step(self) -> bool:
        """Do what there is to do now, without waiting; return False, for it comes again soon."""
        from flink_job.cluster.run_lock import InUseError

        try:
            self._go_on()
        except InUseError:  # somebody retrains by hand, after which this is not due, or promotes
            return False
        except (SettingError, OSError) as error:
            said = file_error(error) if isinstance(error, OSError) else str(error)
            if said != self._said:
                LOG.error("ringwatch retrain cannot begin, or its end be noted: %s; it is tried until it can.", said)
            self._said = said
            return False
        self._said = ""
        return False

    def _go_on(self) -> None:
        from flink_job.cluster.run_lock import locked_folder
        from gnn.retraining.ledger import BEGUN

        if self._process.is_running or not (self._process.has_ended or self._is_due()):
            return
        with locked_folder(self._folder, "retrain.folder"):
            if self._process.has_ended:
                self._note_end()
                return
            # noted before: one that brings the machine down is not begun again at once
            self._add(BEGUN, "on schedule")
        LOG.info("ringwatch retrain begins, on schedule.")
        self._process.start(self._folder)

    def _is_due(self) -> bool:
        from gnn.retraining.ledger import Ledger
        from gnn.retraining.schedule import next_trial_ms

        now = self._clock()
        self._since = min(self._since, now)  # a clock that was ahead at the start is waited for by nobody
        return next_trial_ms(self._settings, Ledger.read(self._folder), self._since, now) <= now

    def _note_end(self) -> None:
        from gnn.retraining.ledger import FAILED, Ledger

        why = self._process.taken_end()
        if why:
            LOG.error("ringwatch retrain has failed: %s", why)
            self._audit(self._add(FAILED, why))
        elif (tried := Ledger.read(self._folder).candidate) is not None:
            LOG.info("ringwatch retrain has ended: %s is %s", tried.model, tried.judgement)
            self._audit(tried)

    def _add(self, act: str, judgement: str) -> Entry:
        from gnn.retraining.ledger import Entry, Ledger

        self._folder.mkdir(parents=True, exist_ok=True)
        entry = Entry(self._clock(), act, "", "", "", judgement)
        Ledger.read(self._folder).with_entry(entry).write(self._folder)
        return entry

    def _audit(self, entry: Entry) -> None:
        """Note a trial for all to see; what was found is free text, which may have to be erased."""
        from ops.cases.audit.chain import Act, audit
        from ops.cases.trials import BY_SCHEDULE

        details = {"judgement": entry.judgement.partition(":")[0]} if entry.model else {}
        beside = {"reason": entry.judgement}
        act = Act(self._clock(), BY_SCHEDULE, f"retrain.{entry.act}", f"model:{entry.model or 'none'}", details, beside)
        with self._store.begin() as session:
            audit(session, act)
