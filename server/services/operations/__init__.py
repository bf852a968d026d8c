"""What head office does to whole customers and old records, beside change sets: erase, archive, merge (R19-R21)."""
