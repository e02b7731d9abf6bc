"""What the names of tags, dependency labels and entity types mean.

``explain("nsubj")`` gives a few words. Names are those of Universal Dependencies, of the Penn Treebank as the
English Web Treebank uses them, of the dependency schemes of older English models, and of common entity types.
"""

from __future__ import annotations

import warnings

_UNIVERSAL_TAGS = """
    ADJ    adjective
    ADP    adposition
    ADV    adverb
    AUX    auxiliary
    CCONJ  coordinating conjunction
    CONJ   conjunction
    DET    determiner
    INTJ   interjection
    NOUN   noun
    NUM    numeral
    PART   particle
    PRON   pronoun
    PROPN  proper noun
    PUNCT  punctuation
    SCONJ  subordinating conjunction
    SPACE  white space
    SYM    symbol
    VERB   verb
    X      other
    EOL    end of line
"""

_PENN_TAGS = """
    .      punctuation that ends a sentence
    ,      comma
    :      colon, semicolon, dash or ellipsis
    -LRB-  opening bracket
    -RRB-  closing bracket
    ``     opening quotation mark
    ""     closing quotation mark
    ''     closing quotation mark
    $      currency sign
    #      number sign
    ADD    web or mail address
    AFX    affix that stands alone
    CC     coordinating conjunction
    CD     cardinal number
    DT     determiner
    EX     existential "there"
    FW     foreign word
    GW     part of a word that was split by mistake
    HYPH   hyphen
    IN     preposition or subordinating conjunction
    JJ     adjective
    JJR    adjective, comparative
    JJS    adjective, superlative
    LS     list item marker
    MD     modal verb
    NFP    punctuation that is not needed, such as emoticons and rules
    NIL    no tag
    NN     noun, singular or mass
    NNP    proper noun, singular
    NNPS   proper noun, plural
    NNS    noun, plural
    PDT    predeterminer
    POS    possessive ending
    PRP    personal pronoun
    PRP$   possessive pronoun
    RB     adverb
    RBR    adverb, comparative
    RBS    adverb, superlative
    RP     particle of a verb
    SYM    symbol
    TO     "to" before an infinitive
    UH     interjection
    VB     verb, base form
    VBD    verb, past tense
    VBG    verb, gerund or present participle
    VBN    verb, past participle
    VBP    verb, present tense, not third person singular
    VBZ    verb, present tense, third person singular
    WDT    determiner that asks or relates ("which", "that")
    WP     pronoun that asks or relates ("who", "what")
    WP$    possessive pronoun that asks or relates ("whose")
    WRB    adverb that asks or relates ("when", "where")
    XX     unknown
    _SP    white space
"""

_DEPENDENCIES = """
    ROOT          head of the sentence
    root          head of the sentence
    acl           clause that modifies a noun
    acl:relcl     relative clause
    acomp         adjective as complement
    advcl         adverbial clause
    advcl:relcl   relative clause that modifies a clause
    advmod        adverb that modifies
    agent         agent of a passive verb
    amod          adjective that modifies a noun
    appos         apposition
    attr          attribute of a copular verb
    aux           auxiliary
    aux:pass      auxiliary of the passive
    auxpass       auxiliary of the passive
    case          preposition or case marking
    cc            coordinating conjunction
    cc:preconj    first word of a paired conjunction ("both", "either")
    ccomp         clause as complement, with its own subject
    clf           classifier
    complm        complementizer
    compound      part of a compound
    compound:prt  particle of a verb
    conj          conjunct
    cop           copula
    csubj         clause as subject
    csubj:pass    clause as subject of the passive
    csubjpass     clause as subject of the passive
    dative        recipient
    dep           dependency of another kind
    det           determiner
    det:predet    determiner before another ("all the")
    discourse     word that structures the discourse
    dislocated    element outside the clause
    dobj          direct object
    expl          expletive
    fixed         part of a fixed expression
    flat          part of a name or a flat expression
    flat:foreign  part of a foreign expression
    goeswith      rest of a word that was split by mistake
    intj          interjection
    iobj          indirect object
    list          item of a list
    mark          marker of a subordinate clause
    meta          element that is not part of the sentence
    neg           negation
    nmod          noun that modifies a noun
    nmod:desc     title or description before a name
    nmod:poss     possessor
    nmod:unmarked  noun that modifies without marking
    npadvmod      noun phrase used as adverb
    nsubj         noun as subject
    nsubj:outer   subject of a clause that has a clause as predicate
    nsubj:pass    noun as subject of the passive
    nsubjpass     noun as subject of the passive
    nummod        number that modifies a noun
    obj           object
    obl           noun that modifies a verb
    obl:agent     agent of a passive verb
    obl:unmarked  noun used as adverb
    oprd          predicate of an object
    orphan        dependent of a word that was left out
    parataxis     clause placed beside another
    pcomp         complement of a preposition
    pobj          object of a preposition
    poss          possessor
    preconj       first word of a paired conjunction
    predet        determiner before another
    prep          preposition
    prt           particle of a verb
    punct         punctuation
    quantmod      word that modifies a quantity
    relcl         relative clause
    reparandum    words that the speaker corrected
    vocative      person spoken to
    xcomp         clause as complement, without its own subject
"""

_ENTITIES = """
    CARDINAL     number that is of no other type
    DATE         date or period
    EVENT        named event: storm, battle, war, sports event
    FAC          building, airport, road, bridge
    GPE          country, city, state
    LANGUAGE     named language
    LAW          named document made into law
    LOC          place; beside GPE only mountains, waters and the like
    MISC         name of another kind
    MONEY        amount of money
    NORP         nationality, religious or political group
    ORDINAL      ordinal number
    ORG          company, agency, institution
    PER          person
    PERCENT      percentage
    PERSON       person
    PRODUCT      thing that is made: vehicle, food, weapon
    QUANTITY     measurement, such as a weight or a distance
    TIME         time shorter than a day
    WORK_OF_ART  title of a book, song and so on
"""


def _table(*texts: str) -> dict[str, str]:
    lines = [line.split(maxsplit=1) for text in texts for line in text.strip().splitlines()]
    return {name: meaning.strip() for name, meaning in lines}


#: name -> what it means
GLOSSARY: dict[str, str] = _table(_UNIVERSAL_TAGS, _PENN_TAGS, _DEPENDENCIES, _ENTITIES)


def explain(term: str) -> str | None:
    """What a tag, dependency label or entity type means, in a few words; None, with a warning, if that is
    not known.
    """
    meaning = GLOSSARY.get(term)
    if meaning is None:
        warnings.warn(f"There is no explanation of {term!r}.", UserWarning, stacklevel=2)
    return meaning
