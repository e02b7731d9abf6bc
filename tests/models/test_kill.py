"""A process that is killed while it writes a model leaves the old one or the new one, whole."""

import os

import pytest

from benchmarks import kill_save


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
@pytest.mark.parametrize("way", list(kill_save.WRITERS))
def test_a_model_is_there_after_every_kill(way, tmp_path):
    kill_save.prepare(tmp_path)
    assert set(kill_save.killed(way, 4, tmp_path)) <= set(kill_save.KNOWN)
