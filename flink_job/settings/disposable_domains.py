"""The further domains of throw-away mailboxes that the settings name, read where the job is started."""

from __future__ import annotations

from pathlib import Path

from domain.errors import SettingError
from domain.events.disposable_mail import domains_in
from domain.incidents.wave_settings import WaveSettings


def further_domains(settings: WaveSettings) -> frozenset[str]:
    """Return the domains of both settings. Raise SettingError where the file cannot be read."""
    path = settings.disposable_domains_file
    try:
        listed = domains_in(Path(path).read_text(encoding="utf-8")) if path else []
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no UTF-8 text"
        message = f"incidents.waves.disposable_domains_file: {path} cannot be read ({why}): mend it, or leave the setting out"
        raise SettingError(message) from None
    return frozenset((*settings.disposable_domains, *listed))
