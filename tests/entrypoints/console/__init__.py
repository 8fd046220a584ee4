"""The console, page by page, as a browser would ask for it."""
