"""What a pipeline may begin with: word vectors and encoders of other models."""

import numpy as np
import pytest
from pipeline.toy import SMALL_ENCODER, TREES, toy_examples

import nlpcore
from nlpcore.cli.run import run
from nlpcore.errors import TrainingSettingsError, VectorsFileError
from nlpcore.pipeline.trainable_pipe import find_encoder
from nlpcore.training.starting import (
    begin_before,
    begin_from,
    transformer_pipeline,
    vectors_pipeline,
)

TEXT = "cat 1 0 0\ndog 0.9 0.1 0\ncar 0 0 1\nbus 0 0.1 0.9\n"


@pytest.fixture
def source(tmp_path):
    path = tmp_path / "toy.vec"
    path.write_text(TEXT)
    return path


def tagger_pipeline():
    nlp = nlpcore.blank("en")
    nlp.add_pipe("tok2vec", config=SMALL_ENCODER)
    nlp.add_pipe("tagger")
    nlp.initialize(lambda: toy_examples(nlp))
    return nlp


def test_vectors_make_words_similar(source, tmp_path):
    vectors_pipeline("en", source).to_disk(tmp_path / "m")
    nlp = nlpcore.load(tmp_path / "m")
    cat, dog, bus = nlp("cat dog bus")
    assert cat.similarity(dog) > 0.9 > cat.similarity(bus)
    keys, _, _ = nlp.vocab.vectors.most_similar(np.array([[0, 0, 1]], dtype="float32"), n=2)
    assert [nlp.vocab.strings[int(key)] for key in keys[0]] == ["car", "bus"]
    assert nlp.meta["name"] == "starter_vectors"


def test_pruned_words_get_the_nearest_vector(source):
    nlp = vectors_pipeline("en", source, prune=3)
    assert nlp.vocab.vectors.shape == (3, 3)
    assert nlp.vocab.vectors.n_keys == 4
    assert (nlp.vocab["bus"].vector == nlp.vocab["car"].vector).all()
    assert vectors_pipeline("en", source, most=2).vocab.vectors.n_keys == 2


def test_a_pipeline_begins_with_the_vectors_and_the_encoder_of_another(source):
    nlp, other = tagger_pipeline(), tagger_pipeline()
    model = find_encoder(other).model
    model.set_param("gaps", model.get_param("gaps") + 1)
    other.vocab.vectors = vectors_pipeline("en", source).vocab.vectors
    assert begin_from(nlp, other, begin_before(nlp, other)) == ["4 word vectors", "the encoder"]
    assert (find_encoder(nlp).model.get_param("gaps") == model.get_param("gaps")).all()
    assert nlp.vocab["cat"].vector.tolist() == [1, 0, 0]
    model.set_param("gaps", model.get_param("gaps") + 1)  # nothing is shared
    assert (find_encoder(nlp).model.get_param("gaps") != model.get_param("gaps")).all()


def test_where_there_is_nothing_to_begin_with_that_is_an_error():
    with pytest.raises(TrainingSettingsError, match="no word vectors"):
        begin_from(tagger_pipeline(), nlpcore.blank("en"))


def test_broken_files_are_named(tmp_path):
    path = tmp_path / "bad.vec"
    path.write_text("cat 1 2\ndog 1\n")
    with pytest.raises(VectorsFileError, match=r"bad\.vec, line 2"):
        vectors_pipeline("en", path)


def test_a_run_begins_from_a_starter(source, tmp_path):
    starter = tmp_path / "starter"
    code = run(["init", "vectors", str(source), str(starter)])
    assert code == 0
    trees = tmp_path / "toy.conllu"
    trees.write_text(TREES)
    config = tmp_path / "c.toml"
    config.write_text(
        'lang = "en"\nname = "x"\npipeline = ["tok2vec", "tagger"]\n[[train]]\nconllu = "toy.conllu"\n'
        '[dev]\nconllu = "toy.conllu"\n[components.tok2vec]\nwidth = 16\ndepth = 1\n'
    )
    output = tmp_path / "m"
    arguments = ["train", str(config), str(output), "--data", str(tmp_path), "--epochs", "1"]
    assert run([*arguments, "--init", str(starter)]) == 0
    nlp = nlpcore.load(output)
    assert nlp.vocab["cat"].has_vector
    assert nlp.vocab.strings[nlp.vocab.strings["cat"]] == "cat"
    assert "init = " in (output / "training.toml").read_text()
    assert run([*arguments, "--init", "no_such_model"]) == 1


def test_a_transformer_of_a_starter_is_what_training_begins_with(tmp_path):
    for module in ("torch", "tokenizers", "safetensors"):
        pytest.importorskip(module)
    from pipeline.tiny_bert import write_tiny_bert

    starter = transformer_pipeline("en", write_tiny_bert(tmp_path / "tiny"))
    starter.to_disk(tmp_path / "starter")
    nlp = nlpcore.blank("en")
    nlp.add_pipe("transformer")
    nlp.add_pipe("tagger")
    assert begin_before(nlp, nlpcore.load(tmp_path / "starter"))
    nlp.initialize(lambda: toy_examples(nlp))
    given = starter.get_pipe("transformer").parameters()
    for name, value in nlp.get_pipe("transformer").parameters().items():
        assert (value == given[name]).all(), name
    assert nlp("Anna saw two dogs.")[0].tag_
