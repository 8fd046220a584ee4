"""The programs of `benchmarks/`: that they run, and that their arithmetic is right."""
