"""What the field app costs: `make bench-app`."""
