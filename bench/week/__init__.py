"""A simulated week of customers, one cycle of learning, and what it did for others with the same wants."""
