import pytest

import nlpcore


def test_pipelines_compute_on_the_cpu_and_say_so():
    assert nlpcore.prefer_gpu() is False
    assert nlpcore.require_cpu() is True
    with pytest.raises(ValueError, match="CPU"):
        nlpcore.require_gpu()
