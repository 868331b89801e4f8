"""Where tools come from: one module per kind of source, each fills a directory or says why it cannot.

None of them knows the cache; what they fill counts only once the cache has checked and named it.
"""
