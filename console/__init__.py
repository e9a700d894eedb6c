"""The staff's web pages and the REST API."""
