"""What says that a text is no identifier of its kind."""


class NoIdentifier(ValueError):  # noqa: N818 - it names what was found, as Rejected does
    """Refusal of a text that looks like an identifier of its kind and is none; the message tells the mend."""
