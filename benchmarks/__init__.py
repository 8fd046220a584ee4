"""Programs that measure the service beside its limits; `python -m benchmarks` runs them."""
