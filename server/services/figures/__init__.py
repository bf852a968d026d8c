"""The figures of head office: what happened today, and how it went lately. Each can be opened down to its rows."""
