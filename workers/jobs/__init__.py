"""The functions of the jobs, by subject. Each takes one text that names what it works on, and may run twice."""
