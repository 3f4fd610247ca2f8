"""What the desk shows of models, put together from the settings."""

from __future__ import annotations

from pathlib import Path

from flink_job.settings.settings import Settings
from gnn.card.card import ArtifactError, ModelCard
from gnn.card.card_text import card_sections
from ops.api.model_book import ModelBook, ModelPaper
from ops.redis.connection import RedisReadError
from ops.redis.newest_entries import newest_entries
from ops.redis.signed_entries import SignedEntries
from ops.secrets import control_keys, redis_url

HEALTH = "health"
_MOST = 1000
"""Documents: an hour has one a model and one of labels, so that it is two weeks or more."""
_WAIT_S = 2.0


def model_book(settings: Settings) -> ModelBook:
    """Return what looks models up. No server is asked yet."""

    signed = SignedEntries(control_keys(settings.job.control_keys), settings.redis.prefix)

    def health() -> list[dict[str, object]] | None:
        try:
            found = newest_entries(redis_url(settings.redis.url), settings.redis.prefix, [HEALTH], _MOST, timeout_s=_WAIT_S)
        except RedisReadError:
            return None
        return [document for entry in signed.of(found) if (document := entry.document()) is not None]

    return ModelBook(str(settings.model), paper_of, health)


def paper_of(folder: str) -> ModelPaper | None:
    """Return the card of a model's folder in words, None where it cannot be read."""
    try:
        card = ModelCard.from_json((Path(folder) / "card.json").read_text("utf-8"))
    except (OSError, ValueError, ArtifactError):
        return None
    return ModelPaper(card.model_id, card_sections(card))
