"""NLPCORE_EXAMPLES=n: property tests try n examples at most, for `make sanitize`, where all is slow."""

import os
import sys
from pathlib import Path

import hypothesis

# Long proofs are commands in `benchmarks/`, of which the tests run a little. Behind all else: what is tested
# is the nlpcore that is installed.
sys.path.append(str(Path(__file__).parents[1]))


def pytest_collection_modifyitems(items):
    most = int(os.environ.get("NLPCORE_EXAMPLES", 0))
    for item in items:
        own = getattr(getattr(item, "obj", None), "_hypothesis_internal_use_settings", None)
        if most and own is not None:
            item.obj._hypothesis_internal_use_settings = hypothesis.settings(
                own, max_examples=min(most, own.max_examples)
            )
