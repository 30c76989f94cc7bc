"""Which model answers whom: the registry of candidates, and what is known of a canary. It serves nothing."""
