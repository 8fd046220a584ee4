"""What the commands of `billing` do; `entrypoints/cli.py` says how they are called."""
