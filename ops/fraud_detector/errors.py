"""The errors of the wire format, by the names that clients know."""

from __future__ import annotations

INVALID, NOT_FOUND, CONFLICT = "ValidationException", "ResourceNotFoundException", "ConflictException"
DENIED, THROTTLED, UNAVAILABLE = "AccessDeniedException", "ThrottlingException", "ResourceUnavailableException"
INTERNAL = "InternalServerException"
UNREADABLE, UNKNOWN_OPERATION = "SerializationException", "UnknownOperationException"
UNSIGNED, INCOMPLETE = "MissingAuthenticationTokenException", "IncompleteSignatureException"
UNKNOWN_KEY, BAD_SIGNATURE = "UnrecognizedClientException", "InvalidSignatureException"


class WireError(Exception):
    """An answer that says no. The message goes to the client: it quotes nothing that was sent."""

    def __init__(self, name: str, message: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(message)
        self.name, self.message, self.headers = name, message, headers or {}

    @property
    def status(self) -> int:
        """Return the HTTP status: 500 where the fault is ours, 400 else, as this protocol has it."""
        return 500 if self.name == INTERNAL else 400
