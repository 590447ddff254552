"""Settings of the tests that need no services."""

from hypothesis import settings

# A test machine that is busy is slow, not wrong.
settings.register_profile("house", deadline=None)
settings.load_profile("house")
