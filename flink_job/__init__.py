"""The job: topology, sources and sinks, settings, local cluster, command line.

Nobody imports this package."""
