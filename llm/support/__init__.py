"""Whether a text says what a sentence claims. It neither knows passages nor decides what is sent."""
