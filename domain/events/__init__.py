"""What comes in: the event contract, its parser, pseudonyms, currencies and control records."""
