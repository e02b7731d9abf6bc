"""Hand-made CoNLL-U for the tests of this folder, and a generator of random annotation of a text."""

from __future__ import annotations

import random

# A paragraph break, a multiword token that is spelled by its words, one that is not, an empty node.
SAMPLE = """\
# newdoc id = first
# newpar
# sent_id = 1
# text = They don't know Ada.
1	They	they	PRON	PRP	Case=Nom|Number=Plur	4	nsubj	_	_
2-3	don't	_	_	_	_	_	_	_	_
2	do	do	AUX	VBP	Mood=Ind	4	aux	_	_
3	n't	not	PART	RB	Polarity=Neg	4	advmod	_	_
4	know	know	VERB	VB	VerbForm=Inf	0	root	_	_
5	Ada	Ada	PROPN	NNP	Number=Sing	4	obj	_	SpaceAfter=No
6	.	.	PUNCT	.	_	4	punct	_	_

# sent_id = 2
# text = Vamos al mar
1	Vamos	ir	VERB	VB	_	0	root	_	_
2-3	al	_	_	_	_	_	_	_	_
2	a	a	ADP	IN	_	4	case	_	_
3	el	el	DET	DT	Definite=Def	4	det	_	_
4	mar	mar	NOUN	NN	_	1	obl	_	_

# newpar
# sent_id = 3
# text = Sue likes tea, Bob coffee
1	Sue	Sue	PROPN	NNP	_	2	nsubj	_	_
2	likes	like	VERB	VBZ	_	0	root	_	_
3	tea	tea	NOUN	NN	_	2	obj	_	SpaceAfter=No
4	,	,	PUNCT	,	_	5	punct	_	_
5	Bob	Bob	PROPN	NNP	_	2	conj	_	_
5.1	likes	like	VERB	VBZ	_	_	_	2:conj	_
6	coffee	coffee	NOUN	NN	_	5	orphan	_	_

# newdoc id = second
# text = Hi
1	Hi	hi	INTJ	UH	_	0	root	_	_

"""

RELATIONS = [
    "nsubj", "obj", "obl:tmod", "aux", "case", "det", "punct", "conj", "cc", "advmod", "compound:prt", "mark",
]  # fmt: skip
UPOS = ["NOUN", "VERB", "ADP", "DET"]
FEATS = ["_", "Number=Sing", "Case=Nom|Number=Plur", "Foo=Bar|Number=Sing", "Foo=Bar"]
ALPHABET = "abAB"


def random_text(rng: random.Random) -> str:
    return "".join(rng.choice(ALPHABET) for _ in range(rng.randint(1, 40)))


def random_conllu(rng: random.Random, text: str) -> str:
    """A random segmentation of `text` into sentences, tokens and words, with random trees."""
    lines = []
    rest = text
    while rest:
        n_chars = rng.randint(1, 12)
        lines += [*_random_sentence(rng, rest[:n_chars]), ""]
        rest = rest[n_chars:]
    return "\n".join(lines) + "\n"


def _random_sentence(rng: random.Random, text: str) -> list[str]:
    tokens = []
    while text:
        n = rng.randint(1, 4)
        tokens.append(text[:n])
        text = text[n:]
    rows: list[tuple[str | None, str]] = []  # (range, form) for words; the range on the first of a token
    for token in tokens:
        if rng.random() < 0.3:
            words = [rng.choice([token[:1], token, "a", "b", "x"]) for _ in range(rng.randint(2, 3))]
            rows.append((f"{len(rows) + 1}-{len(rows) + len(words)}\t{token}", words[0]))
            rows += [(None, word) for word in words[1:]]
        else:
            rows.append((None, token))
    heads = random_tree(rng, len(rows))
    lines = []
    for i, (span, form) in enumerate(rows):
        if span:
            lines.append(span + "\t_" * 8)
        relation = "root" if heads[i] == 0 else rng.choice(RELATIONS)
        lemma = rng.choice(["_", form, "a"])
        tags = f"{rng.choice(UPOS)}\t{rng.choice('XY')}\t{rng.choice(FEATS)}"
        lines.append(f"{i + 1}\t{form}\t{lemma}\t{tags}\t{heads[i]}\t{relation}\t_\tSpaceAfter=No")
    return lines


def random_tree(rng: random.Random, n: int) -> list[int]:
    """1-based heads of a random tree over n words, 0 for the root."""
    order = rng.sample(range(1, n + 1), n)
    heads = [0] * n
    for position, word in enumerate(order[1:], 1):
        heads[word - 1] = rng.choice(order[:position])
    return heads
