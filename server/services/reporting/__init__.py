"""Reports that draft themselves: the weekly sales statistics of each round."""
