"""What an event costs, in CPU time: `python -m tests.speed.step_cost EVENTS.jsonl`, `python -m
tests.speed.stage_cost EVENTS.jsonl`.
"""
