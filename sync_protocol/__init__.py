"""What device and server must agree on: record types, rights, merge, messages, signatures. Pure: no I/O, no clock, no chance.

Time and randomness come in as arguments. Start with `records`, then `changes`, `decide`, `messages`.
"""
