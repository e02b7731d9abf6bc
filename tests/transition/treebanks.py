"""Real treebanks for the proofs that want them; the environment variable NLPCORE_DATA names their folder."""

import os
from pathlib import Path

import pytest


def treebank(name, part):
    """Path of UD treebank ``name``'s file ``part`` (train or dev); skips the test where there is none."""
    return find(name, f"*-{part}.conllu")


def tag_file(name, part):
    """The same for a UNER treebank."""
    return find(name, f"*-{part}.iob2")


def find(name, pattern):
    folder = os.environ.get("NLPCORE_DATA")
    if not folder:
        pytest.skip("NLPCORE_DATA is not set")
    found = sorted(Path(folder, name).glob(pattern))
    if not found:
        pytest.skip(f"no {name} in NLPCORE_DATA")
    return found[0]


def read_trees(path):
    """Sentences as (heads, labels): absolute heads, a root is its own head."""
    sentences, heads, labels = [], [], []
    for line in path.read_text(encoding="utf8").split("\n"):
        fields = line.split("\t")
        if fields[0].isdigit():
            head = int(fields[6])
            heads.append(head - 1 if head else len(heads))
            labels.append(fields[7])
        elif not line and heads:
            sentences.append((heads, labels))
            heads, labels = [], []
    return sentences


def read_tags(path):
    """Sentences as lists of BIO tags of a UNER file (the third column)."""
    sentences, tags = [], []
    for line in path.read_text(encoding="utf8").split("\n"):
        if line.startswith("#"):
            continue
        fields = line.split("\t")
        if len(fields) > 2:
            tags.append(fields[2])
        elif tags:
            sentences.append(tags)
            tags = []
    return sentences


def biluo_of(tags):
    """BIO (an I- that continues nothing begins an entity) → BILUO; labels OTH left out."""
    found = []
    for i, tag in enumerate(tags):
        kind, _, label = tag.partition("-")
        if not label or label == "OTH":
            found.append("O")
            continue
        begins = kind == "B" or i == 0 or tags[i - 1][2:] != label or tags[i - 1][:1] not in "BI"
        ends = i + 1 == len(tags) or tags[i + 1] != f"I-{label}"
        found.append({(1, 1): "U-", (1, 0): "B-", (0, 0): "I-", (0, 1): "L-"}[begins, ends] + label)
    return found
