"""Says what messages mean, what to ask about, which answers to doubt, which intents lack; changes no data."""
