"""What fraud means: events, entity state, the one step, features, decisions, incidents, summaries, the
simulator.

Standard library, numpy and numba only; knows no Flink, torch, Redis or OpenAI."""
