"""The transformer's network: the same as plain NumPy computes, in windows and batches."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from nlpcore.network import transformer  # noqa: E402
from nlpcore.network.shapes import TransformerShape, transformer_sizes  # noqa: E402
from nlpcore.network.subword_block import SubwordBlock, Subwords  # noqa: E402

SHAPE = TransformerShape(
    vocab=50, width=12, depth=2, heads=3, inner=20, positions=40, first_position=2, window=24, shapes=7
)
ENDS = [1], [2]


@pytest.fixture(params=[("gelu", 1), ("gelu_new", 3), ("relu", 1)], ids=str)
def model(request, monkeypatch):
    monkeypatch.setattr(transformer, "matrix_type", lambda model: torch.float32)
    activation, mixes = request.param
    shape = TransformerShape.from_dict({**SHAPE.to_dict(), "activation": activation, "mixes": mixes})
    model = transformer.Transformer(shape, ENDS)
    rng = np.random.default_rng(0)
    for name, size in transformer_sizes(shape).items():
        around = 1.0 if name.endswith("gain") else 0.0
        model.set_param(name, (around + rng.normal(0, 0.3, size)).astype("float32"))
    return model


def document(n, seed=0):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 4, n).astype("int32")
    ids = rng.integers(3, 50, counts.sum()).astype("int32")
    shapes, gaps = rng.integers(0, 7, n).astype("int32"), rng.integers(0, 5, n).astype("uint8")
    return Subwords(ids, counts, shapes, gaps, rng.random(n) < 0.1)


def reference(model, doc):
    """The vectors of a document that fits in one window, step by step."""
    shape = model.attrs["shape"]
    p = {name: model.get_param(name).astype("float64") for name in model.param_names}

    def norm(X, name):
        centred = X - X.mean(-1, keepdims=True)
        deviation = np.sqrt((centred**2).mean(-1, keepdims=True) + shape.epsilon)
        return centred / deviation * p[f"{name}.gain"] + p[f"{name}.shift"]

    def activation(x):
        if shape.activation == "relu":
            return np.maximum(x, 0)
        if shape.activation == "gelu_new":
            return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))
        return 0.5 * x * (1 + np.vectorize(__import__("math").erf)(x / np.sqrt(2)))

    ids = [*ENDS[0], *doc.ids.tolist(), *ENDS[1]]
    X = p["words"][ids] + p["positions"][shape.first_position :][: len(ids)]
    token = np.repeat(np.arange(len(doc)), doc.counts)
    X[1:-1] += p["shapes"][doc.shapes[token]] + p["gaps"][doc.gaps[token]]
    X = norm(X, "norm")
    layers = [X]
    d = shape.width // shape.heads
    for i in range(shape.depth):
        q, k, v = np.split(X @ p[f"{i:02}.qkv.W"].T + p[f"{i:02}.qkv.b"], 3, axis=1)
        attended = []
        for h in range(shape.heads):
            part = slice(h * d, (h + 1) * d)
            scores = np.exp(q[:, part] @ k[:, part].T / np.sqrt(d))
            attended.append(scores / scores.sum(1, keepdims=True) @ v[:, part])
        Y = np.hstack(attended) @ p[f"{i:02}.out.W"].T + p[f"{i:02}.out.b"]
        X = norm(X + Y, f"{i:02}.norm1")
        Y = activation(X @ p[f"{i:02}.up.W"].T + p[f"{i:02}.up.b"])
        X = norm(X + Y @ p[f"{i:02}.down.W"].T + p[f"{i:02}.down.b"], f"{i:02}.norm2")
        layers.append(X)
    parts = []
    for logits in p["mix"].reshape(shape.mixes, shape.depth + 1):
        shares = np.exp(logits) / np.exp(logits).sum()
        mixed = sum(share * layer for share, layer in zip(shares, layers, strict=True))[1:-1]
        parts.append([mixed[token == i].mean(0) for i in range(len(doc))])
    return np.concatenate(parts, axis=1)


def test_vectors_are_those_of_the_formulas(model):
    doc = document(9)
    V = model.predict(SubwordBlock.of([doc], 30))
    assert np.allclose(V, reference(model, doc), atol=1e-5)


def test_windows_of_a_batch_are_read_together_as_alone(model, monkeypatch):
    docs = [document(n, seed=n) for n in (3, 30, 0, 1, 12)]
    block = SubwordBlock.of(docs, 22)
    alone = model.predict(block)
    assert len(alone) == 46
    monkeypatch.setattr(
        transformer, "batches", lambda model, block: [[(block.docs[i], w) for i, w in block.windows]]
    )
    assert np.allclose(model.predict(block), alone, atol=1e-5)


# ReLU has none where it bends.
@pytest.mark.parametrize("model", [("gelu", 1), ("gelu_new", 3)], ids=str, indirect=True)
def test_gradients_are_those_of_the_vectors(model):
    block = SubwordBlock.of([document(14, seed=5)], 22)
    weights = np.random.default_rng(1).normal(0, 1, (14, model.get_dim("nO"))).astype("float32")
    _, backprop = model(block, True)
    backprop(weights)
    for name in model.param_names:
        if name in transformer.FROZEN:
            assert not model.has_grad(name)
            continue
        gradient, value = model.get_grad(name), model.get_param(name)
        direction = np.random.default_rng(2).normal(0, 1, value.shape).astype("float32")
        losses = []
        for step in (1e-3, -1e-3):
            model.set_param(name, value + step * direction)
            losses.append(float((model.predict(block).astype("float64") * weights).sum()))
        model.set_param(name, value)
        measured = (losses[0] - losses[1]) / 2e-3
        assert float((gradient * direction).sum()) == pytest.approx(measured, rel=0.05, abs=0.05), name


def test_mixes_begin_with_other_parts_of_the_layers():
    shape = TransformerShape.from_dict({**SHAPE.to_dict(), "depth": 6, "mixes": 3})
    found = transformer.Transformer(shape, ENDS)
    found.initialize()
    mix = found.get_param("mix")
    assert mix.shape == (3, 7)
    assert mix.argmax(1).tolist() == [0, 3, 6]


def test_parts_of_a_batch_have_about_as_many_tokens():
    docs = [document(n, seed=n) for n in (3, 30, 0, 1, 12, 9)]
    block = SubwordBlock.of(docs, 22)
    batched = [[(block.docs[i], window)] for i, window in block.windows]
    lists = transformer.shared_out(batched, 3)
    assert sorted(i for numbers in lists for i in numbers) == list(range(len(batched)))
    sizes = [sum(batched[i][0][1].stop - batched[i][0][1].start for i in numbers) for numbers in lists]
    assert max(sizes) - min(sizes) <= max(w.stop - w.start for _, w in block.windows)
    assert sorted(transformer.shared_out(batched[:2], 3)) == [[0], [1]]
    assert transformer.shared_out([], 3) == []


def test_vectors_without_what_gradients_need_cannot_be_learned_from(model):
    V, backprop = model(SubwordBlock.of([document(3)], 30), False)
    with pytest.raises(ValueError, match="is_train"):
        backprop(V)


def test_it_learns_where_pytorch_was_told_not_to(model):
    block = SubwordBlock.of([document(9)], 30)
    with torch.no_grad():
        V, backprop = model(block, True)
        backprop(V)
    assert model.get_grad("00.up.W").any()


def test_dropout_follows_numpys_generator_and_leaves_pytorchs_alone(model):
    block = SubwordBlock.of([document(9)], 30)
    model.attrs["dropout_rate"] = 0.3
    state = torch.random.get_rng_state()
    found = []
    for seed in (1, 1, 2):
        np.random.seed(seed)
        found.append(model(block, True)[0].copy())
    assert (found[0] == found[1]).all()
    assert (found[0] != found[2]).any()
    assert (torch.random.get_rng_state() == state).all()
