"""What many hosts cost: preparing them at once, and adding one more to few and to many."""
