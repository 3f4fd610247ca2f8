"""What the streams say, written into the store: again and in any order, with the same end.

Documents hold: check one with `Alert.of`, `Incident.of` or `Decision.of` before.
"""
