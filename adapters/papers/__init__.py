"""Papers drawn as PDF, with fonts that travel with the service."""
