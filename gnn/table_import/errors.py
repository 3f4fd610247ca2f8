"""What an import can fail with."""


class TableError(Exception):
    """A mapping, table or output that stops the import.

    The message is one sentence for the user: the file, the row (1 is the first row of data) and column or
    the mapping's key, what is wrong, and the mend.
    """


class ColumnError(Exception):
    """A column that is unfit as a whole; the caller that knows the file turns it into a `TableError`."""
