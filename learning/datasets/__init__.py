"""Writes what was accepted into plain files that a designer can read and revert; it never trains on them."""
