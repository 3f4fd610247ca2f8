"""The functions that run inside the Flink job, one file per operator.

Each is a thin skin over domain and gnn; what they need of PyFlink's internals is in `engine`.
"""
