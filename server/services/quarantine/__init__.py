"""Work that the server received and could not take: read it, correct it, take it over, or discard it with a reason (decision 10)."""
