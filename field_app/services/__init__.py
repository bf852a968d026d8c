"""The day's work: each action of a person is one change set, on the disk when the call returns."""
