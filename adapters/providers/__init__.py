"""Payment providers, each behind the one port in the application's words."""
