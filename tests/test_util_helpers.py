"""The helpers of nlpcore.util that people know from spaCy."""

import itertools

import pytest

from nlpcore import util
from nlpcore.attrs import ORTH


def test_compounding():
    assert list(itertools.islice(util.compounding(1, 10, 2), 5)) == [1, 2, 4, 8, 10]
    assert list(itertools.islice(util.compounding(10, 1, 0.5), 5)) == [10, 5, 2.5, 1.25, 1]


def test_ternary():
    values = [True, 1, None, 0, False, -1, 5, "x"]
    assert [util.to_ternary_int(value) for value in values] == [1, 1, 0, 0, -1, -1, -1, -1]


def test_all_equal():
    assert util.all_equal([])
    assert util.all_equal(iter([1, 1]))
    assert not util.all_equal([1, 2])


def test_html():
    assert util.escape_html('<a & "b">') == "&lt;a &amp; &quot;b&quot;&gt;"
    assert util.minify_html("  <a>\n  b</a> ") == "<a>  b</a>"


def test_names_and_versions():
    assert util.split_command('a "b c"') == ["a", "b c"]
    assert util.get_object_name(len) == "len"
    assert util.get_object_name(object()) == "object"
    assert util.get_package_version("numpy") is not None
    assert util.get_package_version("no-such-package") is None


@pytest.mark.parametrize(
    ("weights", "overrides", "expected"),
    [
        ([{"a": 1.0}, {"b": 1.0}], None, {"a": 0.5, "b": 0.5}),
        ([{"a": 0.5, "b": 0.5}, {"c": None}], None, {"a": 0.5, "b": 0.5, "c": None}),
        ([{"a": 1.0}, {"b": 1.0}], {"a": 0.0}, {"a": 0.0, "b": 1.0}),
        ([{"a": 0.3, "b": 0.7}, {"a": 1.0}], None, {"a": 0.59, "b": 0.41}),
        ([], None, {}),
    ],
)
def test_score_weights(weights, overrides, expected):
    assert util.combine_score_weights(weights, overrides) == expected


def test_exceptions():
    dont = {"don't": [{ORTH: "do"}, {ORTH: "n't"}]}
    curly = {**dont, "don’t": [{ORTH: "do"}, {ORTH: "n’t"}]}
    assert util.expand_exc(dont, "'", "’") == curly
    assert util.update_exc({"a": [{ORTH: "a"}]}, dont) == {"a": [{ORTH: "a"}], **curly}
    with pytest.raises(ValueError, match="spell"):
        util.update_exc({}, {"ab": [{ORTH: "a"}]})
