"""The network of the graph-based parser: every word scored as the head of every other (Dozat & Manning 2017).

One affine layer with a rectifier gives each token four vectors: as a dependent and as a head, for the arc
and for its label; and the score of a sentence beginning there. All that goes over a GPU. What follows is
small, and done in main memory for each sentence: products of a dependent's and a head's vector, each with a
one appended, so that they contain the terms of either alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from thinc.api import Model
from thinc.types import Floats2d

from .shapes import BiaffineShape, biaffine_sizes

#: Parameters that ``Scoring`` reads; the others make its tables.
SCORING = ("arc_W", "arc_root", "label_W", "label_root")
#: Dependents whose labels are scored at once, with all heads of a sentence.
ROWS_AT_ONCE = 32


def Biaffine(nI: int, shape: BiaffineShape) -> Model:  # noqa: N802 - Thinc's convention
    """V (N, nI) → tables (N, 2·arc + 2·label + 1) float32."""
    sizes = biaffine_sizes(shape, nI)
    return Model(
        "biaffine",
        forward,
        init=init,
        params=dict.fromkeys(sizes),
        dims={"nI": nI, "nO": shape.columns},
        attrs={"shape": shape, "shapes": sizes},
    )


def init(model: Model, X: Floats2d | None = None, Y: Floats2d | None = None) -> None:
    """All arcs and labels begin as equally likely."""
    nI, nO = model.get_dim("nI"), model.get_dim("nO")
    sizes = biaffine_sizes(model.attrs["shape"], nI)
    rng = np.random.default_rng(0)
    values = {name: np.zeros(size, dtype="float32") for name, size in sizes.items()}
    limit = (6.0 / (nI + nO)) ** 0.5
    values["W"] = rng.uniform(-limit, limit, (nI, nO)).astype("float32")
    values["W"][:, -1] = 0
    for name in ("arc_root", "label_root"):
        values[name] = rng.uniform(0, 0.1, sizes[name]).astype("float32")
    for name, value in values.items():
        model.set_param(name, model.ops.asarray(value))


def forward(model: Model, V: Floats2d, is_train: bool) -> tuple[Floats2d, Callable]:
    W = model.get_param("W")
    tables = V @ W + model.get_param("b")
    active = tables > 0
    active[:, -1] = True  # the start's score is not rectified
    tables *= active

    def backprop(d_tables: Floats2d) -> Floats2d:
        d_tables = model.ops.asarray(d_tables) * active
        model.inc_grad("W", V.T @ d_tables)
        model.inc_grad("b", d_tables.sum(axis=0))
        return d_tables @ W.T

    return tables, backprop


class Scoring:
    """Scores of arcs, labels and sentence starts from tables in main memory, and their gradients.

    params: those named in ``SCORING``.
    """

    def __init__(self, shape: BiaffineShape, params: dict[str, np.ndarray]) -> None:
        self.shape = shape
        self.params = params

    def split(self, tables: np.ndarray) -> list[np.ndarray]:
        """The parts of tables (N, …): dependents and heads of arcs, of labels, starts (N, 1); not copies."""
        arc, label = self.shape.arc, self.shape.label
        return np.split(tables, np.cumsum([arc, arc, label, label]), axis=1)

    def arcs(self, tables: np.ndarray) -> np.ndarray:
        """One sentence's tables (n, …) → scores (n, n): of each token's heads; on the diagonal, as root."""
        dependents, heads, *_ = self.split(tables)
        scores = self._arc_scores(with_one(dependents), with_one(heads))
        n = len(tables)
        scores[np.arange(n), np.arange(n)] = scores[:, n]
        return scores[:, :n]

    def _arc_scores(self, dependents: np.ndarray, heads: np.ndarray) -> np.ndarray:
        """(n, a + 1) each → (n, n + 1): the last column is that of the root."""
        return dependents @ self.params["arc_W"] @ np.vstack([heads, self.params["arc_root"]]).T

    def best_labels(self, tables: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """One sentence's tables (n, …) → of each token's arc from each head (on the diagonal: as root) the
        log-probability (n, n) of its best label, and that label (n, n) int32.
        """
        _, _, dependents, governors, _ = self.split(tables)
        x, y = with_one(dependents), with_one(governors)
        n = len(tables)
        log_p, labels = np.empty((n, n), dtype=tables.dtype), np.empty((n, n), dtype="int32")
        for start in range(0, n, ROWS_AT_ONCE):
            rows = np.arange(start, min(n, start + ROWS_AT_ONCE))
            products = (x[rows] @ self.params["label_W"]).reshape(-1, x.shape[1])
            scores = (products @ y.T).reshape(len(rows), self.shape.n_labels, n)
            scores[rows - start, :, rows] = (products @ self.params["label_root"]).reshape(len(rows), -1)
            best = scores.max(axis=1)
            labels[rows] = scores.argmax(axis=1)
            log_p[rows] = -np.log(np.exp(scores - best[:, None]).sum(axis=1))
        return log_p, labels

    def _label_scores(self, x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(n, l + 1) each → scores (n, labels), and products (n, labels, l + 1) that the gradient needs."""
        products = (x @ self.params["label_W"]).reshape(len(x), self.shape.n_labels, x.shape[1])
        return np.matmul(products, y[:, :, None])[:, :, 0], products

    def gradient(
        self,
        tables: np.ndarray,
        sentences: Sequence[tuple[int, int]],
        heads: np.ndarray,
        labels: np.ndarray,
        starts: np.ndarray,
    ) -> tuple[float, np.ndarray, dict[str, np.ndarray]]:
        """The loss summed over what is known, and its gradients for the tables (N, …) and the parameters.

        sentences: (start, stop) of each. heads (N,) int32: rows of the tables, a root's is its own; −1
        unknown. labels (N,) int32: −1 unknown; without a head it is not used. starts (N,) int8: 1, −1, 0
        unknown.
        """
        d_tables = np.zeros_like(tables)
        d_params = {name: np.zeros_like(self.params[name]) for name in SCORING}
        d_parts = self.split(d_tables)
        parts = self.split(tables)
        loss = 0.0
        for start, stop in sentences:
            own = heads[start:stop] - start
            known = np.flatnonzero((own >= 0) & (own < stop - start))
            if len(known) == 0:
                continue
            part = slice(start, stop)
            loss += self._arc_gradient(parts[0][part], parts[1][part], known, own, d_parts, part, d_params)
        loss += self._label_gradient(parts, heads, labels, d_parts, d_params)
        score, known_starts = parts[4][:, 0], starts != 0
        margin = np.where(known_starts, starts, 0) * score
        loss += float(np.logaddexp(0, -margin)[known_starts].sum())
        d_parts[4][:, 0] = -starts / (1.0 + np.exp(np.minimum(margin, 80.0)))
        return loss, d_tables, d_params

    def _arc_gradient(
        self,
        dependents: np.ndarray,
        heads: np.ndarray,
        known: np.ndarray,
        gold: np.ndarray,
        d_parts: list[np.ndarray],
        part: slice,
        d_params: dict[str, np.ndarray],
    ) -> float:
        """One sentence's loss; adds to the gradients."""
        n = len(dependents)
        x, y = with_one(dependents), np.vstack([with_one(heads), self.params["arc_root"]])
        W = self.params["arc_W"]
        projected = x @ W
        scores = (projected @ y.T)[known]
        scores[np.arange(len(known)), known] = -np.inf  # no token is its own head
        columns = np.where(gold[known] == known, n, gold[known])
        loss, d = softmax_loss(scores, columns)
        d_projected = np.zeros_like(projected)
        d_projected[known] = d @ y
        d_y = d.T @ projected[known]
        d_parts[0][part] += (d_projected @ W.T)[:, :-1]
        d_parts[1][part] += d_y[:n, :-1]
        d_params["arc_root"] += d_y[n]
        d_params["arc_W"] += x.T @ d_projected
        return loss

    def _label_gradient(
        self,
        parts: list[np.ndarray],
        heads: np.ndarray,
        labels: np.ndarray,
        d_parts: list[np.ndarray],
        d_params: dict[str, np.ndarray],
    ) -> float:
        known = np.flatnonzero((heads >= 0) & (labels >= 0))
        if len(known) == 0:
            return 0.0
        governors, roots = heads[known], heads[known] == known
        x = with_one(parts[2][known])
        y = np.where(roots[:, None], self.params["label_root"], with_one(parts[3][governors]))
        scores, products = self._label_scores(x, y)
        loss, d = softmax_loss(scores, labels[known])
        d_products = (d[:, :, None] * y[:, None, :]).reshape(len(known), -1)
        d_y = np.matmul(d[:, None, :], products)[:, 0]
        d_params["label_W"] += x.T @ d_products
        d_params["label_root"] += d_y[roots].sum(axis=0)
        d_parts[2][known] += (d_products @ self.params["label_W"].T)[:, :-1]
        np.add.at(d_parts[3], governors[~roots], d_y[~roots, :-1])
        return loss


def softmax_loss(scores: np.ndarray, gold: np.ndarray) -> tuple[float, np.ndarray]:
    """scores (n, c), gold (n,) → the cross-entropy summed, and its gradient (n, c)."""
    rows = np.arange(len(scores))
    log_p = log_softmax(scores)
    d = np.exp(log_p)
    d[rows, gold] -= 1.0
    return -float(log_p[rows, gold].sum()), d


def log_softmax(scores: np.ndarray) -> np.ndarray:
    shifted = scores - scores.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def with_one(X: np.ndarray) -> np.ndarray:
    """(n, k) → (n, k + 1)."""
    out = np.ones((len(X), X.shape[1] + 1), dtype=X.dtype)
    out[:, :-1] = X
    return out
