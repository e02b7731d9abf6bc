"""Frequent English words that carry little content by themselves."""

from __future__ import annotations

_PRONOUNS = """
    i me my myself mine we us our ours ourselves you your yours yourself yourselves he him his himself
    she her hers herself it its itself they them their theirs themselves one anyone anything someone
    something somebody everyone everything everybody nobody nothing none who whom whose which what
    whoever whatever whichever this that these those another other others each either neither both few
    many much more most several some such any all less least enough own same various every no
"""
_VERBS = """
    am is are was were be been being have has had having do does did doing done can could may might must
    shall should will would ca cannot 'd 'll 'm 're 's 've n't n‘t n’t ‘d ‘ll ‘m ‘re ‘s ‘ve ’d ’ll ’m
    ’re ’s ’ve get give go keep make made put say see seem seemed seeming seems show take call move name
    serve used using quite regarding please
"""
_PREPOSITIONS = """
    a an the about above across after against along among amongst around as at because before behind
    below beneath beside besides between beyond but by despite down due during except for from if in
    into like near of off on onto or out over per since so than through throughout thru till to toward
    towards under unless until unto up upon via via with within without and nor not though although
    while whereas whether yet amount
"""
_ADVERBS = """
    again almost alone already also always ever even first former formerly further hence here hereafter
    hereby herein hereupon how however indeed instead just last later latter latterly maybe meanwhile
    moreover mostly never nevertheless next now nowhere often once only otherwise perhaps rather re
    really sometime sometimes somehow somewhere still then thence there thereafter thereby therefore
    therein thereupon thus together too very well when whence whenever where whereafter whereby wherein
    whereupon wherever whither why anyhow anyway anywhere afterwards back beforehand becoming become
    becomes became else elsewhere everywhere full empty front side top bottom part whole ago aside apart
"""
_NUMBERS = (
    "two three four five six eight nine ten eleven twelve fifteen twenty forty fifty sixty hundred third"
)

#: a set that a user may change before a pipeline is made
STOP_WORDS = set(" ".join((_PRONOUNS, _VERBS, _PREPOSITIONS, _ADVERBS, _NUMBERS)).split())
