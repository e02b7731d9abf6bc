"""Sentence ends by punctuation alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from nlpcore import errors
from nlpcore.lazy import numpy
from nlpcore.pipeline.factories import factory
from nlpcore.pipeline.pipe import Pipe

if TYPE_CHECKING:
    from nlpcore.language import Language
    from nlpcore.tokens import Doc
    from nlpcore.training import Example


def _characters(*ranges: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys("".join(ranges)))


#: what Unicode calls the ends of sentences (Sentence_Terminal), in the scripts with living users
PUNCTUATION = _characters(
    "!.?",
    "։؞؟۔܀܁܂߹",  # Armenian, Arabic, Syriac, N'Ko
    "।॥",  # Devanagari and its neighbours
    "၊။።፧፨᙮᠃᠉",  # Myanmar, Ethiopic, Canadian syllabics, Mongolian
    "᥄᥅᪨᪩᪪᪫᭚᭛᭞᭟᰻᰼᱾᱿",  # Limbu, Tai Tham, Balinese, Lepcha, Ol Chiki
    "‼‽⁇⁈⁉⸮⸼",
    "。꓿꘎꘏꛳꛷꡶꡷꣎꣏꤯꧈꧉꩝꩞꩟꫰꫱꯫",
    "﹒﹖﹗！．？｡",
    "𐩖𐩗𑁇𑁈𑂾𑂿𑃀𑃁𑅁𑅂𑅃𑇅𑇆𑇍𑇞𑇟𑈸𑈹𑈻𑈼𑊩𑑋𑑌𑗂𑗃𑙁𑙂𑜼𑜽𑜾𑱁𑱂𖩮𖩯𖫵𖬷𖬸𖭄𛲟𝪈",
)


class Sentencizer(Pipe):
    """Ends a sentence after punctuation that ends sentences, and after what closes around it (quotes,
    brackets).

    punct_chars: the tokens that end a sentence; None for those of Unicode.
    overwrite: also change sentence starts that are set already.
    """

    default_punct_chars = PUNCTUATION

    def __init__(
        self,
        name: str = "sentencizer",
        *,
        punct_chars: Iterable[str] | None = None,
        overwrite: bool = False,
        scorer: Callable[..., dict[str, Any]] | None = None,
    ) -> None:
        self.name = name
        chars = punct_chars if punct_chars else PUNCTUATION
        if isinstance(chars, (str, int, float)) or not all(isinstance(c, str) for c in chars):
            raise errors.BadComponentConfig(
                f"The setting 'punct_chars' of {name!r} must be a list of strings."
            )
        self.punct_chars = set(chars)
        self.overwrite = bool(overwrite)
        self.scorer = scorer

    def __call__(self, doc: Doc) -> Doc:
        try:
            self.set_annotations([doc], self.predict([doc]))
        except Exception as e:
            self.get_error_handler()(self.name, self, [doc], e)
        return doc

    def predict(self, docs: Iterable[Doc]) -> list[list[bool]]:
        """For each Doc and token: does a sentence start there?"""
        return [list(self._starts(doc)) for doc in docs]

    def _starts(self, doc: Doc) -> Iterator[bool]:
        ended = True
        first = True
        for token in doc:
            ends = self._ends(token.text)
            # What follows the end closes the sentence, up to the first token that is no punctuation.
            starts = ended and not (token.is_punct or ends) if not first else True
            yield starts
            ended = ends or (ended and not starts)
            first = False

    def _ends(self, text: str) -> bool:
        """Whether a token ends a sentence: ``!``, and rows such as ``?!`` and ``!!!``, but not ``...``."""
        if text in self.punct_chars:
            return True
        return len(text) > 1 and bool(text.strip(".")) and all(char in self.punct_chars for char in text)

    def set_annotations(self, docs: Iterable[Doc], batch_tag_ids: Iterable[Iterable[bool]]) -> None:
        """Write sentence starts; those that are set stay, unless ``overwrite``."""
        for doc, starts in zip(docs, batch_tag_ids, strict=True):
            new = numpy.where(numpy.fromiter(starts, bool), 1, -1).astype(numpy.int8)
            old = doc.column("SENT_START")
            if old is not None and not self.overwrite:
                new = numpy.where(old == 0, new, old).astype(numpy.int8)
            doc.set_column("SENT_START", new)

    def score(self, examples: Iterable[Example], **settings: Any) -> dict[str, Any]:
        from nlpcore.scorer import Scorer

        def has_sentences(doc: Doc) -> bool:
            return doc.has_annotation("SENT_START")

        results = Scorer.score_spans(list(examples), "sents", **{"has_annotation": has_sentences, **settings})
        results.pop("sents_per_type", None)
        return results

    def get_state(self) -> tuple[dict[str, Any], dict[str, numpy.ndarray]]:
        return {"punct_chars": sorted(self.punct_chars), "overwrite": self.overwrite}, {}

    def set_state(self, meta: dict[str, Any], tensors: dict[str, numpy.ndarray]) -> None:
        chars = meta.get("punct_chars")
        if tensors or not isinstance(chars, list) or not all(isinstance(c, str) for c in chars):
            raise errors.ModelDataError(reason="the punctuation of a sentencizer is no list of strings")
        if not isinstance(meta.get("overwrite"), bool):
            raise errors.ModelDataError(reason="the setting `overwrite` of a sentencizer is no truth value")
        self.punct_chars = set(chars)
        self.overwrite = meta["overwrite"]


@factory(
    "sentencizer",
    assigns=["token.is_sent_start", "doc.sents"],
    default_config={"punct_chars": None, "overwrite": False},
    default_score_weights={"sents_f": 1.0, "sents_p": 0.0, "sents_r": 0.0},
)
def make_sentencizer(
    nlp: Language,
    name: str,
    punct_chars: list[str] | None,
    overwrite: bool,
    scorer: Callable[..., dict[str, Any]] | None = None,
) -> Sentencizer:
    return Sentencizer(name, punct_chars=punct_chars, overwrite=overwrite, scorer=scorer)
