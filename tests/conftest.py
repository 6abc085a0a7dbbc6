"""For all tests: machines are shared and noisy, so no property is given up because it was slow once.

And one PostgreSQL for all tests that ask for it.
"""

from hypothesis import settings

settings.register_profile("shared machine", deadline=None)
settings.load_profile("shared machine")

pytest_plugins = ("tests.postgres",)
