"""The LLM endpoint: settings, calls, budget, circuit breaker, queue and cache."""
