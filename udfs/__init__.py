"""The functions that run inside the Flink job, one file per operator.

Each is a thin skin over domain and gnn; an outside service has its one client here."""
