"""From orders, subscriptions and the ledger to the figures an owner looks at."""
