from __future__ import annotations

from hypothesis import settings

settings.register_profile("specification", deadline=None)  # a busy machine is not a broken rule
settings.load_profile("specification")
