"""The command line and the settings: the only room that knows all rooms. It holds no dialogue, no shop."""

__version__ = "0.1.0"
