"""A toy treebank that every trainable component can learn by heart."""

from nlpcore.training import Example, documents_to_examples, parse_conllu

TREES = """\
# newdoc id = toy
# newpar
# text = Anna saw two dogs.
1	Anna	Anna	PROPN	NNP	Number=Sing	2	nsubj	_	_
2	saw	see	VERB	VBD	Tense=Past	0	root	_	_
3	two	two	NUM	CD	NumType=Card	4	nummod	_	_
4	dogs	dog	NOUN	NNS	Number=Plur	2	obj	_	SpaceAfter=No
5	.	.	PUNCT	.	_	2	punct	_	_

# text = Bob sees Berlin.
1	Bob	Bob	PROPN	NNP	Number=Sing	2	nsubj	_	_
2	sees	see	VERB	VBZ	Tense=Pres	0	root	_	_
3	Berlin	Berlin	PROPN	NNP	Number=Sing	2	obj	_	SpaceAfter=No
4	.	.	PUNCT	.	_	2	punct	_	_

# newpar
# text = The dogs slept
1	The	the	DET	DT	Definite=Def	2	det	_	_
2	dogs	dog	NOUN	NNS	Number=Plur	3	nsubj	_	_
3	slept	sleep	VERB	VBD	Tense=Past	0	root	_	_

# newdoc id = toy-2
# text = Anna likes Berlin.
1	Anna	Anna	PROPN	NNP	Number=Sing	2	nsubj	_	_
2	likes	like	VERB	VBZ	Tense=Pres	0	root	_	_
3	Berlin	Berlin	PROPN	NNP	Number=Sing	2	obj	_	SpaceAfter=No
4	.	.	PUNCT	.	_	2	punct	_	SpaceAfter=No

"""

ENTITIES = {
    "toy": [(0, 4, "PER"), (19, 22, "PER"), (28, 34, "LOC")],
    "toy-2": [(0, 4, "PER"), (11, 17, "LOC")],
}
COMPONENTS = ["tagger", "morphologizer", "lemmatizer", "parser", "graph_parser", "ner", "senter"]
SMALL_ENCODER = {"width": 32, "depth": 2, "rows": [200, 100, 100, 100]}


def toy_examples(nlp) -> list[Example]:
    documents = list(parse_conllu(TREES))
    examples = []
    for document, example in zip(documents, documents_to_examples(nlp, documents), strict=True):
        reference = example.reference
        spans = [
            reference.char_span(start, end, label=label) for start, end, label in ENTITIES[document.name]
        ]
        reference.set_ents(spans)
        examples.append(Example(nlp.make_doc(document.text), reference))
    return examples
