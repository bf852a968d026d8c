"""The demonstration: a company's real retailers, three account managers, and a day in the field on the real parts."""

ONLY_A_DEMO = ".roundbook-demo"
