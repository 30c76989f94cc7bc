"""The command line and the settings: the only room that knows all rooms. Holds no dialogue, no shop, no answers."""

__version__ = "0.1.0"
