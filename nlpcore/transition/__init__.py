"""Transition systems for parsing and entities: states, moves, oracles. Knows nothing of Doc or Thinc."""

from nlpcore.transition.projectivity import deprojectivize, is_projective, projectivize
from nlpcore.transition.stepping import WindowDecoder, decode, score_states, train_batch
from nlpcore.transition.systems import (
    ENTITY_CONTEXT,
    ENTITY_CONTEXT_NAMES,
    PARSER_CONTEXT_13,
    PARSER_CONTEXT_25,
    ArcEager,
    Biluo,
    compile_context,
)
