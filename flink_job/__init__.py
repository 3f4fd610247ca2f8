"""The job as it is submitted: topology, connectors, settings, cluster, command line, bench.

Imports all others; nobody imports it."""
