"""The console: web pages for admins, over the same use cases as the HTTP API."""
