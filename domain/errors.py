"""Errors that every part of ringwatch raises."""


class SettingError(ValueError):
    """A setting that cannot work; the message names it and the mend."""
