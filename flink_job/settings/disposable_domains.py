"""The further domains of throw-away mailboxes that the settings name, read where the job is started."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from domain.errors import SettingError
from domain.events.disposable_mail import domains_in, is_domain
from domain.incidents.wave_settings import WaveSettings

_SETTING = "incidents.waves.disposable_domains_file"


def further_domains(settings: WaveSettings) -> frozenset[str]:
    """Return the domains of both settings. Raise SettingError where the file cannot be read."""
    path = settings.disposable_domains_file
    return frozenset((*settings.disposable_domains, *(_listed(path) if path else ())))


def _listed(path: str) -> Iterator[str]:
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        raise SettingError(f"{_SETTING}: {path} cannot be read ({why}): mend it, or leave the setting out") from None
    for number, domain in domains_in(text):
        if not is_domain(domain):
            raise SettingError(f"{_SETTING}: line {number} of {path}, {domain!r}, is no domain: write one a line, like mailinator.com")
        yield domain
