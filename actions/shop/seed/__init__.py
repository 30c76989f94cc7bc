"""Demo data for the embedded shop: the same for the same date and seed. It does not run in a real shop."""
