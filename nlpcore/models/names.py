"""Names and versions of models.

A name is ``[lang]_[name]``. Those of our own models are ``[lang]_[type]_[genre]_[size]``. A version is
``a.b.c``:
a is the major version of nlpcore, b the architecture, c the values.
"""

from __future__ import annotations

from typing import Any

from nlpcore import errors
from nlpcore.record import FrozenRecord
from nlpcore.util import did_you_mean

TYPES = ("core", "depent", "dep", "ent", "starter")
SIZES = ("sm", "md", "lg", "trf")

#: architectures (the b of a.b.c) of our own models that this nlpcore reads
READABLE = (0,)

_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyz")
_DIGITS = frozenset("0123456789")
_SIGNS = _LETTERS | _DIGITS
#: a version before or after a release, as pip writes it
_ADDITION = r"(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})\.(0|[1-9][0-9]{0,5})(a|b|rc|\.dev|\.post)[0-9]{1,6}\Z"


class ModelName(FrozenRecord):
    """A parsed name; ``type``, ``genre`` and ``size`` are None unless it is built like one of ours."""

    lang: str
    name: str
    type: str | None = None
    genre: str | None = None
    size: str | None = None

    def __str__(self) -> str:
        return f"{self.lang}_{self.name}"

    @property
    def is_ours(self) -> bool:
        return self.type is not None


def parse_name(name: str) -> ModelName:
    """Take a name apart.

    Raises ModelNameError (a ValueError), with the nearest right spelling, for another form and for a
    language code that nlpcore does not know.
    """
    if not _is_name(name):
        reason = (
            "names are like en_core_web_sm: a language code, then small letters, digits and single "
            f"underscores.{_respelt(name)}"
        )
        raise errors.ModelNameError(name=name, reason=reason)
    lang, _, rest = name.partition("_")
    _check_language(name, lang)
    parts = rest.split("_")
    if len(parts) == 3 and parts[0] in TYPES and parts[2] in SIZES:
        return ModelName(lang, rest, *parts)
    return ModelName(lang, rest)


def _is_name(name: Any) -> bool:
    if not isinstance(name, str):
        return False
    lang, *parts = name.split("_")
    right_code = len(lang) in (2, 3) and _LETTERS.issuperset(lang)
    return right_code and parts != [] and all(map(_is_part, parts))


def _is_part(part: str) -> bool:
    return part != "" and _SIGNS.issuperset(part)


def _respelt(name: object) -> str:
    """The hint for a name that is right but for capitals, blanks, hyphens and dots."""
    if not isinstance(name, str) or len(name) > 200:
        return ""
    parts = "".join(char if char in _SIGNS else " " for char in name.lower()).split()
    near = "_".join(parts)
    return f" Did you mean {near!r}?" if _is_name(near) else ""


def _check_language(name: str, lang: str) -> None:
    from nlpcore.lang import check_code

    try:
        check_code(lang)
    except errors.UnknownLanguageError as e:
        reason = f"it begins with {lang!r}, which is no language code that nlpcore knows"
        raise errors.ModelNameError(name=name, reason=reason + "." + e.values["hint"]) from None


def check_own_name(name: str) -> ModelName:
    """Take one of our own names apart. Raises ModelNameError, with the nearest right spelling."""
    parsed = parse_name(name)
    if not parsed.is_ours:
        parts = parsed.name.split("_")
        hint = did_you_mean(parts[0], TYPES) + did_you_mean(parts[-1], SIZES)
        raise errors.ModelNameError(
            name=name,
            reason=f"ours are [lang]_[type]_[genre]_[size], type one of {', '.join(TYPES)}, size one of "
            f"{', '.join(SIZES)}.{hint}",
        )
    return parsed


def parse_version(version: str) -> tuple[int, int, int]:
    """``"1.0.3"`` as ``(1, 0, 3)``; an addition such as ``a1`` is allowed. Raises ModelNameError (a
    ValueError).
    """
    parts = _version_parts(version) if isinstance(version, str) else None
    if parts is None:
        raise errors.ModelNameError(f"{version!r:.80} is no version of a model: versions are like 1.0.3.")
    return parts


def _version_parts(version: str) -> tuple[int, int, int] | None:
    """The three numbers; None where it has another form."""
    parts = version.split(".")
    if len(parts) == 3 and all(map(_is_number, parts)):
        return int(parts[0]), int(parts[1]), int(parts[2])
    import re  # compiling a pattern takes longer than all else that loading does with a version

    match = re.match(_ADDITION, version, re.ASCII)
    return None if match is None else (int(match[1]), int(match[2]), int(match[3]))


def _is_number(text: str) -> bool:
    return 1 <= len(text) <= 6 and _DIGITS.issuperset(text) and (text == "0" or text[0] != "0")


def check_version(name: str, version: str) -> None:
    """Raise ModelVersionError if this nlpcore does not read that version of that model.

    a must be nlpcore's own major version (or 0: a model that nobody released). b is checked for names of
    our own
    only; a newer c is the same structure with other values and always fine.
    """
    from nlpcore import __version__

    major = int(__version__.split(".")[0])
    a, b, _ = parse_version(version)
    try:
        ours = parse_name(name).is_ours
    except errors.ModelNameError:
        ours = False
    if ours:
        if a != major or b not in READABLE:
            wanted = " and ".join(f"{major}.{n}.x" for n in READABLE)
            raise errors.ModelVersionError(name=name, found=version, nlpcore=__version__, wanted=wanted)
    elif a not in (0, major):
        raise errors.ModelVersionError(
            f"The model {name!r} has version {version}: it was made for nlpcore {a}, and this is "
            f"nlpcore {__version__}. "
            f"Install that version (pip install 'nlpcore=={a}.*'), or train the model again."
        )


def reads(name: str, version: str) -> bool:
    """Whether ``check_version`` accepts that version of that model."""
    try:
        check_version(name, version)
    except (errors.ModelNameError, errors.ModelVersionError):
        return False
    return True


def full_name(lang: str | None, name: str) -> str:
    """``en`` and ``core_web_sm`` as ``en_core_web_sm``; a name that has its language already stays."""
    return name if not lang or name.startswith(f"{lang}_") else f"{lang}_{name}"
