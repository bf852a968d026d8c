"""What this server knows of its own past: how much of it verified backups hold, and whether it lost any (R36, R37)."""
