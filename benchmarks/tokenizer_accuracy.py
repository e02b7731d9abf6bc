"""Words F1 of a tokenizer on the raw text of CoNLL-U files, and where it disagrees with them.

    python benchmarks/tokenizer_accuracy.py FILE.conllu ... [--lang en] [--show 50] [--spacy]

Words are compared by the characters that they cover, as the CoNLL 2018 shared task does. Multiword tokens
whose words do not spell them count as wrong. Look at disagreements of training files only: rules must not be
fitted to dev files.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Callable

Tokenize = Callable[[str], list[tuple[int, int]]]


def our_tokenizer(lang: str) -> Tokenize:
    import nlpcore

    tokenizer = nlpcore.blank(lang).tokenizer

    def tokenize(text: str) -> list[tuple[int, int]]:
        starts, lengths, _, _ = tokenizer.offsets(text)
        return [(s, s + n) for s, n in zip(starts.tolist(), lengths.tolist(), strict=True)]

    return tokenize


def spacy_tokenizer(lang: str) -> Tokenize:
    import spacy

    tokenizer = spacy.blank(lang).tokenizer
    return lambda text: [(t.idx, t.idx + len(t)) for t in tokenizer(text)]


def disagreements(text: str, gold: set[tuple[int, int]], ours: set[tuple[int, int]]) -> list[tuple[str, str]]:
    """Pairs (gold words, our words) of each stretch in which the two differ."""
    out = []
    different = sorted(gold ^ ours)
    at = 0
    while at < len(different):
        start, end = different[at]
        while at < len(different) and different[at][0] < end:
            end = max(end, different[at][1])
            at += 1
        sides = []
        for spans in (gold, ours):
            inside = sorted(span for span in spans if start <= span[0] and span[1] <= end)
            sides.append(" ".join(text[a:b] for a, b in inside))
        out.append((sides[0], sides[1]))
    return out


def evaluate(path: str, tokenize: Tokenize, show: int) -> None:
    from nlpcore.training.conllu import read_conllu

    n_gold = n_ours = n_right = 0
    found: Counter[tuple[str, str]] = Counter()
    for document in read_conllu(path):
        text = document.text
        gold = set()
        for sentence in document.sentences:
            n_gold += len(sentence.forms)
            words = zip(sentence.starts, sentence.ends, sentence.virtual, strict=True)
            gold |= {(start, end) for start, end, virtual in words if not virtual}
        ours = {(start, end) for start, end in tokenize(text) if not text[start:end].isspace()}
        n_ours += len(ours)
        n_right += len(gold & ours)
        if show:
            found.update(disagreements(text, gold, ours))
    precision, recall = n_right / n_ours, n_right / n_gold
    f1 = 2 * n_right / (n_ours + n_gold)
    print(f"{path}: Words F1 {100 * f1:.2f}  P {100 * precision:.2f}  R {100 * recall:.2f}  ({n_gold} words)")
    for (gold_words, our_words), n in found.most_common(show):
        print(f"{n:6d}  {gold_words}  |  {our_words}")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("files", nargs="+")
    parser.add_argument("--lang", default="en")
    parser.add_argument("--show", type=int, default=0, help="print the commonest disagreements")
    parser.add_argument("--spacy", action="store_true", help="spaCy's tokenizer in place of ours")
    args = parser.parse_args()
    tokenize = (spacy_tokenizer if args.spacy else our_tokenizer)(args.lang)
    for path in args.files:
        evaluate(path, tokenize, args.show)


if __name__ == "__main__":
    main()
