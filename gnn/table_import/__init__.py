"""Any table of history (CSV, Parquet) to events and label events in time order, as a mapping file says."""

from gnn.table_import.convert import check_names, import_tables
from gnn.table_import.errors import TableError
from gnn.table_import.guess.guess import guess_mapping
from gnn.table_import.keys.mapping_file import load_mapping
from gnn.table_import.mapping import TableMapping
from gnn.table_import.preview import Preview, preview
from gnn.table_import.tally import ImportReport

__all__ = [
    "ImportReport",
    "Preview",
    "TableError",
    "TableMapping",
    "check_names",
    "guess_mapping",
    "import_tables",
    "load_mapping",
    "preview",
]
