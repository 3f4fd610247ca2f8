"""Rules as people write them: text to records and back, and where in a text a field is."""
