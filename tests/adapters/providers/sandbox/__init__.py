"""The sandbox: its buyers, its time, its webhooks."""
