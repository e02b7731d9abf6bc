"""The parser's oracle against exhaustive search, and against real trees."""

import numpy as np
import pytest

from nlpcore.transition import ArcEager, projectivize

from .exhaustive import Search, gold_structures, unlabelled
from .treebanks import read_trees, treebank

BOTH = pytest.mark.parametrize("nonmonotonic", [False, True])


def departures(search, choose=False):
    """(costs that differ from the truth, all costs, texts whose gold moves are not the shortest way's, texts
    where a longer way is offered, all texts)."""
    wrong = total = tie = longer = texts = 0
    for _, _, oracle, truth, shortest in search.compare(choose):
        wrong += int((oracle != truth).sum())
        total += truth.size
        tie += int(((oracle == 0) != shortest).any(axis=1).sum())
        longer += int(((oracle == 0) & ~shortest).any(axis=1).sum())
        texts += len(truth)
    return wrong, total, tie, longer, texts


@BOTH
@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_costs_equal_exhaustive_search(n, nonmonotonic):
    assert departures(Search(n, nonmonotonic))[0] == 0


@pytest.mark.slow
@BOTH
def test_costs_equal_exhaustive_search_for_five_words(nonmonotonic):
    wrong, total, *_ = departures(Search(5, nonmonotonic))
    print(f"5 words, {nonmonotonic=}: {wrong} of {total} costs differ from exhaustive search")
    assert wrong == 0


@BOTH
@pytest.mark.parametrize(
    "preset", [(0, 0, 1, 0), (0, -1, 0, 0), (0, 1, 0, -1), (0, 0, 0, 1), (0, -1, -1, -1)]
)
def test_costs_under_preset_sentence_starts(preset, nonmonotonic):
    golds = [
        g for g in gold_structures(4) if all(p == 0 or p == s for p, s in zip(preset, g[1], strict=True))
    ]
    assert departures(Search(4, nonmonotonic, golds, preset))[0] == 0


def sampled_states(n, nonmonotonic, rng, count):
    """States near the end of random walks, from which exhaustive search is cheap."""
    left = 2 if nonmonotonic and n > 6 else 3
    for _ in range(count):
        system = unlabelled(nonmonotonic)
        state = system.state(n)
        while not state.is_final and n - max(state.buffer[0], 0) > left:
            state.apply(int(rng.choice(np.flatnonzero(state.valid_moves()[:5]))))
        if not state.is_final:
            yield state


@pytest.mark.parametrize(
    ("n", "nonmonotonic"),
    [(6, False), (7, False), (8, False), *(pytest.param(n, True, marks=pytest.mark.slow) for n in (6, 7, 8))],
)
def test_sampled_states_of_longer_texts(n, nonmonotonic):
    rng = np.random.default_rng(n)
    for state in sampled_states(n, nonmonotonic, rng, 4):
        golds = [random_gold(n, rng) for _ in range(40)]
        assert departures(Search(n, nonmonotonic, golds, start=state))[0] == 0


def random_gold(n, rng):
    """A random gold structure: sentences of up to 5 words, each with a random projective tree."""
    heads, starts = [], []
    while len(heads) < n:
        size = min(int(rng.integers(1, 8)), n - len(heads))
        tree = random_tree(size, rng)
        starts += [1] + [-1] * (size - 1)
        heads += [h + len(heads) for h in tree]
    return tuple(heads), tuple(starts)


def random_tree(n, rng):
    """A random projective tree: a root, and trees over the stretches on both sides cut at random."""
    heads = [0] * n

    def fill(begin, end, head):
        while begin < end:
            stop = int(rng.integers(begin + 1, end + 1))
            root = int(rng.integers(begin, stop))
            heads[root] = root if head is None else head
            fill(begin, root, root)
            fill(root + 1, stop, root)
            begin = stop if head is not None else end

    root = int(rng.integers(n))
    heads[root] = root
    fill(0, root, root)
    fill(root + 1, n, root)
    return heads


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_chosen_moves_have_no_cost(n):
    for _, _, oracle, truth, _ in Search(n, True).compare(choose=True):
        assert (oracle == 0).any(axis=1).all()
        assert not ((oracle == 0) & (truth > 0)).any()


def test_chosen_moves_are_on_the_shortest_way():
    *_, differ, longer, texts = departures(Search(4, True), choose=True)
    assert differ <= 0.01 * texts
    assert longer <= differ


@pytest.mark.slow
def test_chosen_moves_are_on_the_shortest_way_for_five_words():
    *_, differ, longer, texts = departures(Search(5, True), choose=True)
    print(f"5 words: gold moves differ from the shortest way's in {differ / texts:.2%} of {texts} texts; ")
    print(f"a longer way is offered in {longer / texts:.2%}")
    assert differ <= 0.01 * texts


@BOTH
@pytest.mark.parametrize("n", [2, 3])
def test_missing_annotation_costs_nothing(n, nonmonotonic):
    full = gold_structures(n)
    nothing = [((-2,) * n, (0,) * n)]
    assert departures(Search(n, nonmonotonic, nothing))[0] == 0
    starts_only = [((-2,) * n, starts) for starts in sorted({s for _, s in full})]
    wrong, *_ = departures(Search(n, nonmonotonic, starts_only))
    assert wrong == 0


def test_labels_count():
    system = ArcEager(("nsubj", "det"), ("obj", "nmod"))
    state = system.state(3)
    state.apply(0)
    costs = dict(
        zip(system.move_names, state.costs([1, 1, 1], ["nsubj", "ROOT", "obj"]).tolist(), strict=True)
    )
    assert costs["LEFT-nsubj"] == 0
    assert costs["LEFT-det"] == 1
    unknown = state.costs([1, 1, 1], [None, "ROOT", "obj"]).tolist()
    assert unknown[3:5] == [0, 0]
    not_a_move = state.costs([1, 1, 1], ["obj", "ROOT", "obj"]).tolist()
    assert not_a_move[3:5] == [0, 0]


def follow(system, heads, labels, starts, rng, choose):
    gold = [a[None] for a in system.gold_arrays(heads, labels, starts)]
    state = system.state(len(heads))
    while not state.is_final:
        costs = state.costs_many(*gold, choose=choose)[0]
        state.apply(int(rng.choice(np.flatnonzero(costs == 0))))
    return state


@BOTH
@pytest.mark.parametrize("choose", [False, True])
def test_free_moves_at_random_rebuild_random_texts(nonmonotonic, choose):
    rng = np.random.default_rng(5)
    system = ArcEager(("a", "b"), ("a", "b"), nonmonotonic=nonmonotonic)
    for _ in range(100):
        heads, starts = random_gold(int(rng.integers(1, 60)), rng)
        labels = [str(rng.choice(["a", "b"])) if h != i else "ROOT" for i, h in enumerate(heads)]
        state = follow(system, heads, labels, starts, rng, choose)
        assert state.heads.tolist() == list(heads)
        assert state.labels == labels
        assert state.sent_starts.tolist() == list(starts)


@BOTH
@pytest.mark.parametrize("choose", [False, True])
def test_free_moves_at_random_rebuild_a_treebank(nonmonotonic, choose):
    sentences = [projectivize(*tree) for tree in read_trees(treebank("UD_English-EWT", "train"))]
    left, right = set(), set()
    for heads, labels in sentences:
        for i, (head, label) in enumerate(zip(heads, labels, strict=True)):
            if head != i:
                (left if head > i else right).add(label)
    system = ArcEager(sorted(left), sorted(right), nonmonotonic=nonmonotonic, root_label="root", context=())
    rng = np.random.default_rng(0)
    words = 0
    for first in range(0, len(sentences), 5):
        heads, labels, starts = [], [], []
        for tree_heads, tree_labels in sentences[first : first + 5]:
            starts += [1] + [-1] * (len(tree_heads) - 1)
            heads += [h + len(heads) for h in tree_heads]
            labels += tree_labels
        state = follow(system, heads, labels, starts, rng, choose)
        assert state.heads.tolist() == heads
        assert state.labels == labels
        assert state.sent_starts.tolist() == starts
        words += len(heads)
    print(f"{words} words in {len(sentences)} sentences rebuilt, {nonmonotonic=} {choose=}")
