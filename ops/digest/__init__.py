"""The digest of a day: what was stopped, missed and held up, the rings, the work, what changed. Every number
is computed by code from the case store and the lake; what neither knows is unknown, not 0.
"""
