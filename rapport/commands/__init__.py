"""The commands of `rapport`, one module each; they print and ask, and leave the work to the modules above."""
