"""For all tests: machines are shared and noisy, so no property is given up because it was slow once."""

from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")
