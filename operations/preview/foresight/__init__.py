"""What an update would run into, known before: each check is a module of its own, pure where it can be."""
