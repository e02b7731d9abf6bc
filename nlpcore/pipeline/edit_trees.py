"""Lemma rules: how a lemma is made from a form.

A rule is a casing and an edit tree (Chrupała 2008). A tree is either a replacement of the whole string, or
it keeps the longest common substring of form and lemma and has one tree for what stands before it and one
for what stands after it. The rule of *walked* → *walk* then also turns *talked* into *talk*. Rules are
plain nested tuples:

    ("lower" | "same" | "title", tree)
    tree = ["=", old, new]                           replace exactly ``old`` by ``new``
         | ["+", n_before, n_after, before, after]   keep the middle; lengths of the edges in the form
"""

from __future__ import annotations

from typing import Any

Tree = tuple
Rule = tuple[str, Tree]

LOWER, SAME, TITLE = "lower", "same", "title"
MAX_FORM = 100


def lemma_rule(form: str, lemma: str) -> Rule:
    """The rule that makes the lemma from the form; the first casing that can."""
    if lemma == lemma.lower() and len(form.lower()) == len(form):
        return (LOWER, edit_tree(form.lower(), lemma))
    if form != form.lower() and lemma == title(lemma.lower()) and form != title(form.lower()):
        return (TITLE, edit_tree(form.lower(), lemma.lower()))
    return (SAME, edit_tree(form, lemma))


def apply_rule(rule: Rule, form: str) -> str | None:
    """The lemma, or None where the rule does not fit the form."""
    casing, tree = rule
    if casing == SAME:
        return apply_tree(tree, form)
    lemma = apply_tree(tree, form.lower())
    return title(lemma) if lemma is not None and casing == TITLE else lemma


def title(string: str) -> str:
    return string[:1].upper() + string[1:]


def edit_tree(form: str, lemma: str) -> Tree:
    """The edit tree from form to lemma."""
    start, lemma_start, length = longest_common_substring(form, lemma)
    if length == 0:
        return ("=", form, lemma)
    end, lemma_end = start + length, lemma_start + length
    return (
        "+",
        start,
        len(form) - end,
        edit_tree(form[:start], lemma[:lemma_start]),
        edit_tree(form[end:], lemma[lemma_end:]),
    )


def apply_tree(tree: Tree, form: str) -> str | None:
    if tree[0] == "=":
        return tree[2] if form == tree[1] else None
    _, n_before, n_after, before, after = tree
    end = len(form) - n_after
    if end < n_before:
        return None
    # Leaves of no length are by far the most frequent ones.
    left = apply_tree(before, form[:n_before])
    if left is None:
        return None
    right = apply_tree(after, form[end:])
    return None if right is None else left + form[n_before:end] + right


def longest_common_substring(a: str, b: str) -> tuple[int, int, int]:
    """(start in a, start in b, length) of the longest common substring, the leftmost in a of several."""
    best = (0, 0, 0)
    previous = [0] * (len(b) + 1)
    for i, char in enumerate(a):
        current = [0] * (len(b) + 1)
        for j, other in enumerate(b):
            if char == other:
                length = current[j + 1] = previous[j] + 1
                if length > best[2]:
                    best = (i - length + 1, j - length + 1, length)
        previous = current
    return best


def checked_rule(data: Any) -> Rule:
    """A rule read from a file, with every part checked; ValueError where it is none."""
    if not (isinstance(data, (list, tuple)) and len(data) == 2 and data[0] in (LOWER, SAME, TITLE)):
        raise ValueError(f"{data!r} is no lemma rule")
    return (data[0], _checked_tree(data[1], 0))


def _checked_tree(data: Any, depth: int) -> Tree:
    if isinstance(data, (list, tuple)) and depth < 2 * MAX_FORM:
        if len(data) == 3 and data[0] == "=" and isinstance(data[1], str) and isinstance(data[2], str):
            return ("=", data[1], data[2])
        if (
            len(data) == 5
            and data[0] == "+"
            and all(type(n) is int and 0 <= n <= MAX_FORM for n in data[1:3])
        ):
            return ("+", data[1], data[2], *(_checked_tree(part, depth + 1) for part in data[3:]))
    raise ValueError(f"{str(data)[:80]} is no edit tree")
