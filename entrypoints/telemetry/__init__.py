"""What the service tells of itself to whoever watches it: counts for Prometheus, traces."""
