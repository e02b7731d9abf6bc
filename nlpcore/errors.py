"""Every error that nlpcore raises on purpose: a class, a code, and what to do about it.

A class declares ``code`` (never reused once released) and ``message``, a format string that says what was
wrong, where, and what mends it::

    class UnknownComponent(NlpcoreError, KeyError):
        code = "N401"
        message = "No component {name!r} in the pipeline. There is: {names}."

    raise UnknownComponent(name="ner", names=["tagger"])

Each also derives from the builtin that a caller would expect to catch (ValueError, KeyError ...).

Codes: N0xx general, N1xx vocab, N2xx tokens, N3xx tokenizer and languages, N4xx pipeline, N5xx models,
N6xx training, corpora and scoring, N7xx transition systems and network, N8xx command line.
"""

from __future__ import annotations

from typing import Any, ClassVar


class NlpcoreError(Exception):
    """Base of all errors of this package.

    Made either from the class's ``message`` and keyword values, or from one finished text.
    """

    code: ClassVar[str] = "N000"
    message: ClassVar[str] = "Something went wrong."

    def __init__(self, text: str | None = None, /, **values: Any) -> None:
        self.values = values
        self.text = self.message.format(**values) if text is None else text
        super().__init__(self.text)

    def __str__(self) -> str:  # KeyError would show the repr of its argument
        return f"[{self.code}] {self.text}"

    def __reduce__(self) -> tuple[Any, ...]:  # values may not pickle; the text always does
        return (type(self), (self.text,))


class FrozenCollection(NlpcoreError, NotImplementedError):
    """Something tried to change a computed list or dict."""

    code = "N001"
    message = "This {what} is computed and cannot be changed. {hint}"


class UnknownFunction(NlpcoreError, ValueError):
    """Settings name a function that nobody registered."""

    code = "N002"
    message = (
        "No function {name!r} is registered under {heading!r} (there is: {known}). "
        "Import the module that registers it before."
    )


# ---------------------------------------------------------------------------
# Vocab, strings, vectors (N1xx)
# ---------------------------------------------------------------------------


class StringNotFoundError(NlpcoreError, KeyError):
    code = "N101"
    message = (
        "No string has the id {id} here. Ids are only known to the store that the string was added to: add "
        "the string with `strings.add(text)`, or read the id from a Doc made with the same vocab."
    )


class NotAStringError(NlpcoreError, TypeError):
    code = "N102"
    message = "A string (str or UTF-8 bytes) is needed here, not {type}."


class StringCollisionError(NlpcoreError, ValueError):
    code = "N103"
    message = (
        "The strings {first!r} and {second!r} have the same 64-bit id {id}, so only the first can be in the "
        "store. Ordinary text does not do this: one of them was made for it."
    )


class VocabMismatchError(NlpcoreError, ValueError):
    code = "N104"
    message = "The object belongs to another vocab than {where}. Use one vocab for all objects of a pipeline."


class UnknownAttributeError(NlpcoreError, ValueError):
    code = "N105"
    message = "{name!r} is no attribute that can be {what}. See `nlpcore.attrs.IDS` for the names."


class BadFlagError(NlpcoreError, ValueError):
    code = "N106"
    message = "{flag} is no flag: flags are the integers from 1 to 63."


class NoFreeFlagError(NlpcoreError, ValueError):
    code = "N107"
    message = "All of the flags 19 to 63 are in use: give `add_flag` the flag to overwrite."


class NoVectorsError(NlpcoreError, ValueError):
    code = "N108"
    message = (
        "The vocab has no word vectors (their length is 0). Load a model that has vectors, or add them with "
        "`vocab.reset_vectors(width=…)` and `vocab.set_vector(word, vector)`."
    )


class TableNotFoundError(NlpcoreError, KeyError):
    code = "N109"
    message = "There is no lookup table {name!r}; the tables are: {tables}. Add it with `add_table`."


class TableExistsError(NlpcoreError, ValueError):
    code = "N110"
    message = "There is a lookup table {name!r} already: change it through `get_table`, or remove it first."


class BadMorphFeaturesError(NlpcoreError, ValueError):
    code = "N111"
    message = "Morphological features must be a dict or a string such as 'Case=Nom|Number=Sing', not {got}."


class VectorShapeError(NlpcoreError, ValueError):
    code = "N112"
    message = "Vectors: {what}."


class VectorsFullError(NlpcoreError, ValueError):
    code = "N113"
    message = (
        "All {rows} rows of the vectors table are in use: make room with `resize` before adding a vector."
    )


class VectorNotFoundError(NlpcoreError, KeyError):
    code = "N114"
    message = "The key {key!r} has no row in the vectors table."


class BadDataError(NlpcoreError, ValueError):
    """Serialized data that is damaged or is something else."""

    code = "N115"
    message = "The stored {what} cannot be read: {why}."


# ---------------------------------------------------------------------------
# Doc, Token, Span (N2xx)
# ---------------------------------------------------------------------------


class DocError(NlpcoreError, ValueError):
    """A Doc, Token or Span was made or annotated with values that do not fit."""

    code = "N200"


class WordsError(DocError):
    """The words or blanks that a Doc was made from do not make a text."""

    code = "N201"


class OffsetsError(DocError):
    """Token offsets do not cover the text: they must be ordered, and only single blanks may stand between."""

    code = "N202"


class ColumnError(DocError):
    """A column has the wrong name, length, type or values."""

    code = "N203"


class HeadError(DocError):
    """Heads that make no forest: out of range, circular, or outside their sentence."""

    code = "N204"


class EntityError(DocError):
    """Entity annotation that cannot be: overlapping, ill-formed or inconsistent."""

    code = "N205"


class SentenceError(DocError):
    """Sentence boundaries are missing, or cannot be set to this."""

    code = "N206"


class TokenIndexError(NlpcoreError, IndexError):
    """A token index lies outside the Doc (which may have been retokenized since)."""

    code = "N207"


class SpanIndexError(NlpcoreError, IndexError):
    """Span boundaries lie outside the Doc."""

    code = "N208"


class StepError(DocError):
    """A slice of a Doc or Span had a step."""

    code = "N209"


class UnknownIdError(DocError):
    """An integer was given as a string's id, but no string has it."""

    code = "N210"


class ParseMissingError(DocError):
    """Something needs a dependency parse that the Doc does not have."""

    code = "N211"


class ViewPickleError(NlpcoreError, NotImplementedError):
    """A Token or Span cannot be pickled without its Doc: pickle the Doc and the indices."""

    code = "N212"


class ReadOnlyError(NlpcoreError, NotImplementedError):
    """An attribute exists for reading only."""

    code = "N213"


class UnknownTokenAttributeError(NlpcoreError, KeyError):
    """An attribute id or name that does not exist."""

    code = "N214"


class UnknownAnnotationError(DocError):
    """An attribute that no token has."""

    code = "N220"


class NoNounChunksError(NlpcoreError, NotImplementedError):
    """The language has no definition of noun chunks."""

    code = "N221"


class ExtensionError(DocError):
    """An extension attribute (``._.name``) was declared badly."""

    code = "N215"


class ExtensionNameError(NlpcoreError, AttributeError):
    """An extension attribute (``._.name``) that was never declared."""

    code = "N216"


class RetokenizeError(DocError):
    """A merge or split that cannot be done; the Doc is unchanged."""

    code = "N217"


class RetokenizeIndexError(NlpcoreError, IndexError):
    """A token to split was merged or split already."""

    code = "N222"


class DocDataError(DocError):
    """Stored Docs (bytes, JSON) are not what their format promises; nothing of them was used."""

    code = "N218"


class SpanGroupError(DocError):
    """A span of another Doc in a span group, or a group that does not fit."""

    code = "N219"


# ---------------------------------------------------------------------------
# Tokenizer and languages (N3xx)
# ---------------------------------------------------------------------------


class TokenizerDataError(NlpcoreError, ValueError):
    """Tokenizer rules that cannot be compiled or are malformed."""

    code = "N300"
    message = "The tokenizer rules cannot be used: {reason}"


class SpecialCaseError(NlpcoreError, ValueError):
    """The pieces of a special case do not spell its string."""

    code = "N301"
    message = (
        "The special case {string!r} is split into {orths}, which spell {joined!r}. The ORTH values of a "
        "special case, joined, must be the string itself; to change a token's form use NORM."
    )


class SpecialCaseAttributeError(NlpcoreError, ValueError):
    """A special case carries something that a tokenizer cannot set."""

    code = "N302"
    message = (
        "The special case {string!r}: {problem}. Each piece is a dictionary with ORTH (required, a non-empty "
        "string) and NORM (optional, a string)."
    )


class UnknownLanguageError(NlpcoreError, ImportError, ValueError):
    """No language of this code."""

    code = "N303"
    message = (
        "There is no language {code!r}.{hint} Use an ISO 639 code such as 'en', or 'xx' for any language."
    )


class ForeignRulesError(NlpcoreError, ValueError):
    """A tokenizer whose rules are Python functions cannot be written as data."""

    code = "N304"
    message = (
        "{names} of this tokenizer is set to a Python function that is no compiled regular expression, so it "
        "cannot be serialized. Set it to re.compile(...).search (or .finditer, .match), or to None."
    )


# ---------------------------------------------------------------------------
# Pipeline (N4xx)
# ---------------------------------------------------------------------------


class PipelineError(NlpcoreError, ValueError):
    """A pipeline was built, changed or used in a way that cannot work."""

    code = "N400"
    message = "{text}"


class UnknownComponent(NlpcoreError, KeyError, ValueError):
    """A pipeline has no component of this name."""

    code = "N401"
    message = "No component {name!r} in the pipeline. There is: {known}."


class UnknownFactory(PipelineError):
    """A component is asked for whose factory nobody registered."""

    code = "N402"
    message = (
        "No component factory {name!r} for language {lang!r}.{hint} There is: {known}. If it is "
        "your own, import "
        "the module with its @Language.component or @Language.factory before building or loading "
        "the pipeline."
    )


class ComponentExists(PipelineError):
    """Two components of one pipeline cannot have the same name."""

    code = "N403"
    message = "The pipeline has a component {name!r} already ({known}). Pass another `name`."


class BadComponentConfig(PipelineError):
    """The settings of a component do not fit its factory."""

    code = "N404"
    message = "The settings of the component {name!r} must be a dict, not {type}."


class NotADoc(PipelineError):
    """A component did not return the Doc."""

    code = "N405"
    message = (
        "The pipeline component {name!r} returned {type} instead of a Doc. Does your component "
        "end with `return doc`?"
    )


class BadInput(PipelineError):
    """Something else than text was given to annotate."""

    code = "N406"
    message = "Text to annotate must be str, a Doc, or the bytes of a Doc, not {type}."


class BadThreads(PipelineError):
    """A number of threads that can not be."""

    code = "N420"
    message = (
        "A pipeline runs on at least 1 thread, not on {threads}; leave `threads` out for one for each core."
    )


class PatternError(NlpcoreError, ValueError):
    """A pattern of the entity ruler that cannot be used."""

    code = "N419"


class BadExamples(NlpcoreError, TypeError, ValueError):
    """Training or evaluation needs Example objects."""

    code = "N407"
    message = "Language.{method} takes a list of Example objects, not {found}."


# ---------------------------------------------------------------------------
# Models (N5xx)
# ---------------------------------------------------------------------------


class ModelDataError(NlpcoreError, ValueError):
    """Stored model data is not what its format promises."""

    code = "N500"
    message = "The model data cannot be used: {reason}."

    def add_place(self, where: str) -> None:
        """Say in which file or part of the model it was."""
        self.text = f"{where}: {self.text}"
        self.args = (self.text,)


class ModelFormatError(ModelDataError):
    """An archive follows another version of the format."""

    code = "N501"
    message = (
        "The archive follows version {found} of the format; this nlpcore reads version {known}. "
        "Update nlpcore "
        "(pip install -U nlpcore), or get the model again for this version."
    )


class ModelNotFound(NlpcoreError, OSError):
    """No model of this name or at this path."""

    code = "N502"
    message = (
        "There is no model {name!r:.80}.{hint} There is: {known}. A model of your own is loaded by its path."
    )


class NoModelThere(NlpcoreError, FileNotFoundError):
    """A directory or file that should hold a model does not."""

    code = "N503"
    message = "{path} holds no model: there is no {name} in it."


class ModelVersionError(NlpcoreError, ValueError):
    """A model's version does not fit this nlpcore."""

    code = "N504"
    message = (
        "The model {name} has version {found}; nlpcore {nlpcore} reads {wanted}. "
        "Get one that fits: nlpcore download {name}"
    )


class ModelNameError(NlpcoreError, ValueError):
    """A model's name or version has the wrong form."""

    code = "N505"
    message = "{name!r:.80} is no name of a model: {reason}"


class MissingExtraError(NlpcoreError, ImportError):
    """What an optional part of nlpcore needs is not installed."""

    code = "N520"
    message = "{what} need {module}, which is not installed. Install it: `pip install 'nlpcore[{extra}]'`."


class PretrainedFilesError(NlpcoreError, ValueError):
    """Files of a pretrained encoder are missing, broken, or not of one encoder."""

    code = "N521"
    message = (
        "{path} cannot be begun with: {reason}. A pretrained encoder is a folder, or an installed package, "
        "with config.json, model.safetensors and tokenizer.json of a BERT-style model."
    )


class PackagingError(NlpcoreError, ValueError):
    """A model cannot be made into a package."""

    code = "N530"
    message = "The model cannot be packaged: {reason}."


class ModelIndexError(NlpcoreError, ValueError):
    """An index of models is not there, or is not sound."""

    code = "N531"
    message = "The index of models {index} cannot be used: {reason}."


class NoFittingModel(NlpcoreError, ValueError):
    """An index has no model of that name, or none that this nlpcore reads."""

    code = "N532"
    message = "The index {index} has no {wanted} for nlpcore {nlpcore}.{hint} It has: {known}."


class DownloadError(NlpcoreError, OSError):
    """A file could not be fetched, or is not what the index promises."""

    code = "N533"
    message = "{url} could not be fetched: {reason}. Nothing was installed."


class InstallError(NlpcoreError, OSError):
    """A fetched model could not be put in its place."""

    code = "N534"
    message = "{file} could not be installed: {reason}."


# ---------------------------------------------------------------------------
# Training, corpora, scoring (N6xx)
# ---------------------------------------------------------------------------


class CorpusError(NlpcoreError, ValueError):
    """A corpus file cannot be read; ``path`` and ``line`` (from 1) say where."""

    code = "N600"
    message = "{path}:{line}: {problem}"

    @property
    def path(self) -> str:
        return str(self.values.get("path", ""))

    @property
    def line(self) -> int:
        return int(self.values.get("line", 0))


class ConlluError(CorpusError):
    """A CoNLL-U file, or a sentence in it, is not valid."""

    code = "N601"


class IobError(CorpusError):
    """A file with one entity tag a token is not valid, or does not fit the treebank it annotates."""

    code = "N602"


class AlignmentError(NlpcoreError, ValueError):
    """Two tokenizations are not of the same text."""

    code = "N604"
    message = (
        "The predicted and the reference tokens cannot be aligned: their texts may differ in white space and "
        "letter case only. Predicted begins {x}, reference begins {y}; they part at {left!r} and {right!r}."
    )


class EntityTagError(NlpcoreError, ValueError):
    """Entity tags or offsets are not what they should be."""

    code = "N605"
    message = "{problem}"


class ExampleError(NlpcoreError, ValueError):
    """An Example cannot be made from what was given."""

    code = "N606"
    message = "{problem}"


class ExampleKeyError(NlpcoreError, KeyError):
    """The dictionary for an Example has a key that means nothing."""

    code = "N607"
    message = "There is no annotation {keys} for an Example; there is: {available}."


class ExampleTypeError(NlpcoreError, TypeError):
    """Something else stands where an Example (or its Docs, or a list of them) should."""

    code = "N608"
    message = "{problem}"


class ScoringError(NlpcoreError, ValueError):
    """Gold and predicted annotation cannot be compared."""

    code = "N603"
    message = "The annotations cannot be compared: {problem}"


# ---------------------------------------------------------------------------
# Transition systems and network (N7xx)
# ---------------------------------------------------------------------------


# ---------------------------------------------------------------------------
# Transition systems (N71x)
# ---------------------------------------------------------------------------


class ContextNameError(NlpcoreError, ValueError):
    code = "N710"
    message = "No context position is called {name!r}. There is: {known}."


class TransitionInputError(NlpcoreError, ValueError):
    code = "N711"
    message = "`{name}` must be {wanted}, not {got}."


class GoldAnalysisError(NlpcoreError, ValueError):
    code = "N712"
    message = (
        "The gold analysis of this text of {length} tokens can not be used: {what}. Heads are absolute token "
        "indices; a root is its own head, None stands for an unknown head."
    )


class MoveError(NlpcoreError, ValueError):
    code = "N713"
    message = "Move {move} is not valid here ({where}). Ask `valid_moves()` first."


# ---------------------------------------------------------------------------
# Command line (N8xx)
# ---------------------------------------------------------------------------


class NotText(NlpcoreError, ValueError):
    """Input for a command is no UTF-8 text."""

    code = "N800"
    message = "{name} is no UTF-8 text."


# ---------------------------------------------------------------------------
# Trainable components (N45x)
# ---------------------------------------------------------------------------


class ComponentNotReadyError(NlpcoreError, ValueError):
    code = "N451"
    message = (
        "The component {name!r} has no parameters yet. Call nlp.initialize(lambda: examples) before it is "
        "used, or load a trained pipeline."
    )


class NoGpuError(NlpcoreError, ValueError):
    code = "N455"
    message = "No GPU can be used: {reason} To go on with the CPU in such cases, call `prefer_gpu` instead."


class LabelError(NlpcoreError, TypeError, ValueError):
    code = "N453"
    message = "A label is a string, not {type}: {label!r}."


class NoLabelsError(NlpcoreError, ValueError):
    """A component was initialized that has nothing to choose from."""

    code = "N454"
    message = (
        "The component {name!r} has no labels. Call add_label, or give nlp.initialize a function that "
        "returns Examples with the annotation that it learns."
    )


class WordVectorsError(NlpcoreError, ValueError):
    """An encoder reads word vectors that the vocab does not have."""

    code = "N456"
    message = (
        "The component {name!r} reads word vectors of width {width}, and those of the vocab have the width "
        "{found}. Begin with a model that has them (`nlpcore init vectors`, `train --init`), or load the "
        "whole model that the component is from."
    )


class VectorsMissingError(NlpcoreError, ValueError):
    code = "N452"
    message = (
        "The component {name!r} reads token vectors of width {width}, but doc.tensor has the shape {shape}. "
        "It needs the pipeline's 'tok2vec' before it, the one that it was trained with: enable it."
    )


# ---------------------------------------------------------------------------
# Training runs (N65x)
# ---------------------------------------------------------------------------


class TrainingSettingsError(NlpcoreError, ValueError):
    code = "N651"
    message = "{path}: {reason}. See docs/training.md for the settings."


class VectorsFileError(NlpcoreError, ValueError):
    code = "N652"
    message = "{path}, line {line}: {reason}. A line is a word and its numbers, separated by single blanks."


class DropoutError(NlpcoreError, ValueError):
    code = "N654"
    message = "`drop` is the share of the units to drop, from 0 to less than 1, not {drop!r}."


class WouldForget(NlpcoreError, ValueError):
    """A loaded model is to be initialized, which would wipe what it has learned."""

    code = "N656"
    message = (
        "Initializing would wipe what {names} learned. To go on training a loaded model, use "
        "nlp.resume_training() instead of nlp.initialize(); to begin anew, give it overwrite=True."
    )


class RawTextError(NlpcoreError, ValueError):
    """A file of raw text cannot be read."""

    code = "N658"
    message = "{path}, line {line}: {reason}. Raw text is UTF-8, a text a line, plain or as .gz, .bz2 or .xz."


class RehearsalError(NlpcoreError, ValueError):
    """A loaded model cannot rehearse what it can do."""

    code = "N657"
    message = "What the model can do cannot be rehearsed: {reason}."


class CheckpointError(NlpcoreError, ValueError):
    """The saved state of a training run cannot be gone on with."""

    code = "N655"
    message = "The checkpoint {path} cannot be gone on with: {reason}. Remove it to begin anew."


class SilverError(NlpcoreError, ValueError):
    """Silver data cannot be used, or gone on with."""

    code = "N659"
    message = "The silver data {path} cannot be used: {reason}."


class NothingToLearnError(NlpcoreError, ValueError):
    code = "N653"
    message = "There is nothing to learn from: {reason}."


# ---------------------------------------------------------------------------
# Kernels and engine (N70x)
# ---------------------------------------------------------------------------


class SimdVariantError(NlpcoreError, ValueError):
    code = "N701"
    message = (
        "NLPCORE_SIMD names the kernels {name!r}, which this processor or build does not have. "
        "It runs: {available}. Unset it for the best of them."
    )


class EngineInputError(NlpcoreError, ValueError):
    code = "N702"
    message = "The engine can not use {name}: {reason}."
