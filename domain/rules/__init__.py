"""Rules in a closed language: read from records, compiled into intervals and jumps, and evaluated per event;
lists of entities that rules name.
"""
