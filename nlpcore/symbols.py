"""Names that have small fixed integers as ids: attributes, parts of speech, dependency and entity labels.

The numbers are those of spaCy 3, so that arrays and files mean the same on both sides. ``IDS`` maps names to
integers, ``NAMES[i]`` is the name of the integer ``i``, and every name is also a constant of this module::

    from nlpcore.symbols import NOUN, nsubj
"""

_FLAGS = """
    IS_ALPHA IS_ASCII IS_DIGIT IS_LOWER IS_PUNCT IS_SPACE IS_TITLE IS_UPPER LIKE_URL LIKE_NUM LIKE_EMAIL
    IS_STOP IS_OOV_DEPRECATED IS_BRACKET IS_QUOTE IS_LEFT_PUNCT IS_RIGHT_PUNCT IS_CURRENCY
"""

_ATTRIBUTES_AND_POS = """
    ID ORTH LOWER NORM SHAPE PREFIX SUFFIX LENGTH CLUSTER LEMMA POS TAG DEP ENT_IOB ENT_TYPE HEAD
    SENT_START SPACY PROB LANG ADJ ADP ADV AUX CONJ CCONJ DET INTJ NOUN NUM PART PRON PROPN PUNCT SCONJ
    SYM VERB X EOL SPACE
"""

_LABELS = """
    PERSON NORP FACILITY ORG GPE LOC PRODUCT EVENT WORK_OF_ART LANGUAGE LAW DATE TIME PERCENT MONEY
    QUANTITY ORDINAL CARDINAL acomp advcl advmod agent amod appos attr aux auxpass cc ccomp complm conj
    cop csubj csubjpass dep det dobj expl hmod hyph infmod intj iobj mark meta neg nmod nn npadvmod nsubj
    nsubjpass num number oprd obj obl parataxis partmod pcomp pobj poss possessive preconj prep prt punct
    quantmod relcl rcmod root xcomp acl ENT_KB_ID MORPH ENT_ID IDX _
"""

NAMES: list[str] = [
    "",
    *_FLAGS.split(),
    *(f"FLAG{i}" for i in range(19, 64)),
    *_ATTRIBUTES_AND_POS.split(),
    *(f"DEPRECATED{i:03d}" for i in range(1, 277)),
    *_LABELS.split(),
]

IDS: dict[str, int] = {name: i for i, name in enumerate(NAMES)}

globals().update({name: i for name, i in IDS.items() if name})
