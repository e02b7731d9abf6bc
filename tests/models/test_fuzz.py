"""Some hundred broken models: each loads and annotates, or is refused with an error of nlpcore."""

import pytest

from benchmarks import fuzz_loader, mutants


@pytest.fixture(scope="module")
def small():
    return fuzz_loader.small_model()


@pytest.mark.parametrize("kind", mutants.KINDS)
def test_broken_models_load_or_are_refused(kind, small):
    parts = mutants.Parts(small)
    first = 2 * mutants.KINDS.index(kind)
    outcomes = set()
    for round_ in range(40):
        for seed in (first + 2 * len(mutants.KINDS) * round_, first + 2 * len(mutants.KINDS) * round_ + 1):
            found, _, data = mutants.mutant(seed, parts)
            assert found == kind
            outcomes.add(fuzz_loader.attempt(data))
    assert len(outcomes) > 1


def test_the_sound_model_loads(small):
    assert fuzz_loader.attempt(small) == "loads"


def test_flipped_bits_and_truncations_are_refused(small):
    assert fuzz_loader.flipped_bits(small, 300) == 0
    assert fuzz_loader.truncations(small) == 0


@pytest.mark.parametrize("seed", [5502, 13102])
def test_labels_that_are_no_features_are_refused(seed, small):
    kind, sealed, data = mutants.mutant(seed, mutants.Parts(small))
    assert fuzz_loader.attempt(data) != "loads" or (kind, sealed) != ("state values", True)
