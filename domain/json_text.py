"""JSON as it is stored and sent: without spaces, by encoders that are built once."""

from __future__ import annotations

import json

as_json = json.JSONEncoder(separators=(",", ":")).encode
"""Return the JSON text of a value, in ASCII. Keys keep their order."""

as_unicode_json = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode
"""Return the JSON text of a value, letters beyond ASCII as they are."""
