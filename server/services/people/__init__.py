"""People at head office: how they prove who they are, where they stand in the company, and what was noted of it."""
