"""Which environments a change touches, found from the files that changed."""
