"""Measures what users notice of an update, keeps a history of it, and counts it against a monthly error budget."""
