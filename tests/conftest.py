"""Property tests try the same examples on every machine, so that green means green everywhere; with LAWS=60 (`make laws`) they try others, and more."""

from __future__ import annotations

import os

from hypothesis import settings

if settings.get_current_profile_name() == "default" and not os.environ.get("LAWS"):
    settings.register_profile("same", derandomize=True, deadline=None)
    settings.load_profile("same")
