"""Roundbook on the command line: the console script and what starts the server's processes."""
