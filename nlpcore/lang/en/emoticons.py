"""Faces made of punctuation."""

from __future__ import annotations

from itertools import product

_EYES = ": ; = :' :-' ;' >:".split()  # noqa: SIM905
_NOSES = ["", "-", "o", "^"]
_MOUTHS = r") )) ))) ( (( ((( D DD P p / \ | O o ] [ * } { @ $ X x > <".split()  # noqa: SIM905

# Eyes on the right: only those that do not look like a closing bracket and a colon.
_MIRRORED = ["(:", "(;", "(=", "(-:", "(-;", "(-=", "(':", "(^:", "[:", "[;", "[=", "[-:"]

_OTHERS = r"""
    <3 <33 <333 </3 ^_^ ^__^ ^-^ ^.^ ^^ -_- -__- -.- >_< >.< >.> <.< o_o O_O o_O O_o o.O O.o o.o O.O 0_0
    0_o o_0 T_T T.T ;_; ;-; :3 :-3 :0 :-0 =3 xD xDD XD XDD \o/ <(^_^)> (^_^) (^-^) (-_-) (o_o) (>_<)
    (T_T) (;_;) (*_*) (._.) ¯\_(ツ)_/¯ ¯\(ツ)/¯ (ツ) (╯°□°)╯︵┻━┻ (╯°□°）╯︵┻━┻ ┻━┻ ┬─┬ ಠ_ಠ ಠ︵ಠ (ಠ_ಠ) (ಥ_ಥ)
    (ʘ‿ʘ) (͡°͜ʖ͡°) =_= @_@ *_* $_$ u_u 8-) 8-( 8-D B-) :-)) :-))) :-((
"""

# Written like a web address's beginning, or like the colon and the bracket of ordinary text.
_NO_FACES = r"""
    :> :< => =< :x :X :{ :} :[ :@ :$ =[ ={ =} =@ =$ =x =X =o =O =* =|=p ;x ;X ;[ ;{ ;} ;$ ;@ ;< ;> ;
    ;o ;O|:o) :oD
"""

_FACES = {eyes + nose + mouth for eyes, nose, mouth in product(_EYES, _NOSES, _MOUTHS)}

EMOTICONS = sorted((_FACES - set(_NO_FACES.split())) | {*_MIRRORED, *_OTHERS.split()})
