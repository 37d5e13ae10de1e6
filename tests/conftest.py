"""What every test shares."""

from __future__ import annotations

import os

from hypothesis import settings

# A verdict must not depend on luck: the same examples at each run. HYPOTHESIS_PROFILE=explore looks for new ones.
settings.register_profile("steady", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "steady"))
