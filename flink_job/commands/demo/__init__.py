"""The demo: a simulated shop, the real job, and what a viewer sees of it."""
