"""What the routes work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from anyio import CapacityLimiter
from fastapi import Depends, Request

from domain.events.identity import Pseudonyms
from domain.graph import GraphSettings
from domain.times import now_ms
from ops.access.access import Access
from ops.access.oidc import OidcProvider
from ops.access.roles import Caller
from ops.api.dry_runs import DryRuns
from ops.api.metrics import Metrics
from ops.api.model_book import ModelBook
from ops.api.settings import ServiceSettings
from ops.api.stream_read import StreamRead
from ops.cases.control_changes import ControlDesk
from ops.cases.store import Store
from ops.fraud_detector.fraud_detector import FraudDetector
from ops.scoring.scoring import Scoring

LOGIN_THREADS = 10
"""More than may wait for a hash, so that the next one is refused, and far fewer than all threads."""


@dataclass
class Service:
    """The parts of a service that runs, which its routes use."""

    settings: ServiceSettings
    store: Store
    """The case store."""
    access: Access
    """Who calls: users, sessions, tokens."""
    scoring: Scoring | None = None
    """The engine of scores; None: this service scores nothing."""
    fraud_detector: FraudDetector | None = None
    """What answers Amazon's wire format; None: nothing does."""
    oidc: OidcProvider | None = None
    """The OpenID provider by which people log in; None: by password only."""
    pseudonyms: Pseudonyms | None = None
    """What makes pseudonyms of raw identifiers, under the job's key."""
    late_days: float = GraphSettings.late_days
    """`graph.late_days` of the job, for the time of labels."""
    control: ControlDesk | None = None
    """What makes control records of what people ask for; None: nothing does."""
    checks: dict[str, Callable[[], None]] = field(default_factory=dict)
    """What must be reachable, by name, for the service to be ready; each raises what is wrong."""
    dry_runs: DryRuns | None = None
    """What tries rules on what the stream holds; None: nothing does."""
    models: ModelBook | None = None
    """Where models are looked up; None: nowhere."""
    digest: Callable[[str], Mapping[str, Any]] | None = None
    """The digest of a day, as docs/digest.md says; raises `CaseError`. None: this service makes none."""
    ask: Callable[[Caller, str, str], tuple[int, Mapping[str, Any]]] | None = None
    """The answer to a question of somebody, asked of a time, and its number; raises `CaseError`, `Problem`.
    None: this service answers none.
    """
    store_lag_s: Callable[[], float] | None = None
    """How far the store is behind the streams, in s; raises what is wrong. None: nobody knows."""
    streams: Callable[[], Sequence[StreamRead]] | None = None
    """What is known of the streams that the job reads; raises `RedisReadError`. None: nobody knows."""
    clock: Callable[[], int] = now_ms
    """The time in ms since 1970."""
    metrics: Metrics = field(default_factory=Metrics)
    login_threads: CapacityLimiter = field(default_factory=lambda: CapacityLimiter(LOGIN_THREADS))
    """How many passwords are looked at, at once. Other routes have threads of their own."""
    stopping: bool = False
    """True from the signal that ends it on: not ready, while requests are still answered."""


def service_of(request: Request) -> Service:
    """Return the service of the app that a request came to."""
    service: Service = request.app.state.service
    return service


async def _service_here(request: Request) -> Service:
    """Return the service. FastAPI would call a plain function in a thread of its pool, 0.3 ms a request."""
    return service_of(request)


ServiceHere = Annotated[Service, Depends(_service_here)]
"""The type of a route's argument that is the service."""
