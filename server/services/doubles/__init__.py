"""Finding customers that may be the same outlet, and putting aside those that are not."""
