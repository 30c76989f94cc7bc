"""Asks people what conversations teach, and keeps what they say; it trains nothing and talks to nobody."""
