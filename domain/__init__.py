"""What fraud means here: events, entity state, the one step, features, policy, incidents, the simulator.

Standard library and numpy only; knows no Flink, torch, Redis or OpenAI."""
