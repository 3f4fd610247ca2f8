"""A state of many entities on a chosen backend: `python -m tests.state_size --entities 20000`."""
