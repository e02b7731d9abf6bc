"""Stepping once more, in float64 NumPy and plain Python: what the compiled loops are held to."""

import numpy as np


def hidden_layer(params, tokens):
    """params: (tables (N, F, HP), pad (F, HP), bias (HP,), upper (A, H), upper_bias (A,)) → hidden (H,)."""
    tables, pad, bias, upper, _ = params
    total = bias.copy()
    for f, token in enumerate(tokens):
        total = total + (pad[f] if token < 0 else tables[token, f])
    return total.reshape(upper.shape[1], -1).max(axis=1)


def score(params, state):
    return params[3] @ hidden_layer(params, state.context()) + params[4]


def decode(params, state):
    while not state.is_final:
        scores = np.where(state.valid_moves(), score(params, state), -np.inf)
        state.apply(int(np.argmax(scores)))
    return state


def loss_of(params, state, costs, moves=None):
    """(loss, moves) of the walk along ``moves`` or the best gold moves. costs: state → its moves' costs."""
    loss, made = 0.0, []
    while not state.is_final:
        valid = state.valid_moves()
        scores = score(params, state)
        cost = costs(state)
        gold = valid & (cost == 0)
        if valid.sum() > 1:
            loss += np.logaddexp.reduce(scores[valid]) - np.logaddexp.reduce(scores[gold])
        move = int(np.argmax(np.where(gold, scores, -np.inf))) if moves is None else moves[len(made)]
        made.append(move)
        state.apply(move)
    return loss, made


def slopes(params, loss, rng, n, step=1e-6):
    """Finite differences of ``loss(params)`` at n random places: (array index, flat index, slope)."""
    found = []
    for _ in range(n):
        which = int(rng.integers(len(params)))
        place = int(rng.integers(params[which].size))
        sides = []
        for sign in (1, -1):
            moved = [p.copy() for p in params]
            moved[which].reshape(-1)[place] += sign * step
            sides.append(loss(moved))
        found.append((which, place, (sides[0] - sides[1]) / (2 * step)))
    return found
