"""What can be set about the service."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import urlsplit

from domain.errors import SettingError
from ops.access.settings import AccessSettings
from ops.cases.settings import CaseSettings, StoreSettings
from ops.fraud_detector.settings import FraudDetectorSettings
from ops.scoring.settings import ScoreSettings

LOCAL_NAMES = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class ServiceSettings:
    """The service of `ringwatch serve`."""

    host: str = "127.0.0.1"
    """Address to listen on. One that is not loopback is refused until there are users."""
    port: int = 8080
    """Port to listen on."""
    public_url: str | None = None
    """Where people and shops reach it, as `https://fraud.example.com`; null: `http://HOST:PORT`. With https
    its cookies are sent over https only.
    """
    hosts: tuple[str, ...] = ()
    """Further names that `Host` may have, besides that of `public_url` and those of loopback."""
    trusted_proxies: tuple[str, ...] = ()
    """Addresses of proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed."""
    body_limit_kb: int = 1024
    """Largest body of a request, in KiB."""
    slow_s: float = 10.0
    """A client has this long for its headers, as long again for its body, and as long to take its answer."""
    keep_alive_s: float = 30.0
    """An idle connection is closed after this time."""
    most_connections: int = 1000
    """Connections at once; further ones are answered with 503."""
    drain_s: float = 1.0
    """At its end the service says that it is not ready for this long before it takes no more requests."""
    shutdown_s: float = 20.0
    """Then requests that are being answered have this long."""
    labels: str = "redis:labels"
    """Where labels are sent: `redis:NAME` or `kafka://BROKER/TOPIC`, one of the job's `job.labels`."""
    control: str = "redis:control"
    """Where control records are sent, the job's `job.control`."""
    control_files: tuple[str, ...] = ()
    """Folders that files of lists and models named over the API must lie in, links followed, as the job's
    machine has them. Empty: the API takes no file and no path of a model.
    """
    sign_with: str | None = None
    """Key that labels and control records are signed with, one of `job.control_keys`; null: none."""
    ask_model: bool = False
    """True: the model of `llm` is asked questions that are not ready; it reads rows of store and lake."""
    store: StoreSettings = field(default_factory=StoreSettings)
    cases: CaseSettings = field(default_factory=CaseSettings)
    score: ScoreSettings = field(default_factory=ScoreSettings)
    access: AccessSettings = field(default_factory=AccessSettings)
    fraud_detector: FraudDetectorSettings = field(default_factory=FraudDetectorSettings)

    def __post_init__(self) -> None:
        if not 1 <= self.port <= 65_535:
            raise SettingError("service.port must lie between 1 and 65535")
        for name in ("body_limit_kb", "slow_s", "keep_alive_s", "most_connections", "shutdown_s"):
            if getattr(self, name) <= 0:
                raise SettingError(f"service.{name} must be positive")
        if not all(self.control_files):
            raise SettingError("service.control_files holds an empty name: write the path of a folder, or leave it out")
        if self.drain_s < 0:
            raise SettingError("service.drain_s must not be negative; 0 ends at once")
        if self.public_url is not None and not _is_origin(self.public_url):
            raise SettingError(f"service.public_url is {self.public_url!r}: write it as https://NAME or https://NAME:PORT")

    @property
    def origin(self) -> str:
        """The origin that browsers name: scheme, host and port."""
        if self.public_url:
            return self.public_url.rstrip("/").lower()
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def https(self) -> bool:
        """Whether browsers reach it by https."""
        return self.origin.startswith("https:")

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can reach the address."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"


def _is_origin(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.path in ("", "/") and not (parts.query or parts.fragment)
