"""Bridges between the job's streams and those of others: Kinesis in, and what the job writes out to Kinesis.

Each takes a batch, waits until the other side has it, and only then notes how far it is: at least once.
"""
