"""The product catalogue's REST API: a small FastAPI service on a document database.

It deliberately knows nothing of Kubernetes or slipway: settings come from environment variables and mounted files.
"""
