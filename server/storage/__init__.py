"""What is kept: tables, the log of each book, typed tables derived from the record types, photos."""
