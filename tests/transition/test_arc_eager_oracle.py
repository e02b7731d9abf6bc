"""The parser's oracle against exhaustive search."""

import pytest

from .exhaustive import Search


def departures(search):
    wrong = total = 0
    for _, _, oracle, truth, _ in search.compare():
        wrong += int((oracle != truth).sum())
        total += truth.size
    return wrong, total


@pytest.mark.parametrize("nonmonotonic", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_costs_equal_exhaustive_search(n, nonmonotonic):
    assert departures(Search(n, nonmonotonic))[0] == 0


@pytest.mark.slow
@pytest.mark.parametrize("nonmonotonic", [False, True])
def test_costs_equal_exhaustive_search_for_five_words(nonmonotonic):
    assert departures(Search(5, nonmonotonic))[0] == 0


@pytest.mark.parametrize("nonmonotonic", [False, True])
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_chosen_moves_have_no_cost(n, nonmonotonic):
    for _, _, oracle, truth, _ in Search(n, nonmonotonic).compare(choose=True):
        assert (oracle == 0).any(axis=1).all()
        assert not ((oracle == 0) & (truth > 0)).any()
