"""Reviewing what came in from the field: `arrivals` finds it, `cards` says what a reviewer has to see, `deciding` accepts, returns
and takes back, `register_checks` keeps the supervisor's signed-off lists."""
