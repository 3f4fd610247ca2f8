"""Java compiles with its quick compiler only in the tests, and collects garbage in one thread.

A test's job runs for seconds: optimising its code would take longer than running it. What the code does is
the same. `make faults` and `make bench` run Java as users do.
"""

from __future__ import annotations

import os

QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"

# PyFlink and Flink's scripts give them to each Java that they start; processes inherit them.
os.environ.setdefault("JVM_ARGS", QUICK)
