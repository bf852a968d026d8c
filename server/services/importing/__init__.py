"""Import of what a head office has: a file is read, understood, shown, and only then written.

The way of a file: `reading` (bytes -> sheets of rows), `columns` (which column is which field), `rows` (cells -> values),
`plan` (what would be written, and what a person has to decide), `loading` (what is there already), `writing`, `refused`
(what comes back). All but `loading` and `writing` are free of the database.
"""
