"""The page on which customers see what they have and buy more: JavaScript over the API."""
