"""What ringwatch finds reaches people and systems: channels, who is told what, when, and how often."""
