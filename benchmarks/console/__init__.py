"""What the head-office console costs with years of data in it: `make bench-console`."""
