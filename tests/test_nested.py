import pytest

from nlpcore import nested


def test_both_ways():
    tree = {"a": {"b": {"c": 1}, "d": 2}, "e": 3}
    dotted = {"a.b.c": 1, "a.d": 2, "e": 3}
    assert nested.dict_to_dot(tree) == dotted
    assert nested.dot_to_dict(dotted) == tree
    assert list(nested.walk_dict({"a": {"b": 1}})) == [(["a", "b"], 1)]


def test_values_by_name():
    tree = {"a": {"b": 1}}
    assert nested.dot_to_object(tree, "a.b") == 1
    nested.set_dot_to_object(tree, "a.c", 2)
    nested.set_dot_to_object(tree, "d", 3)
    assert tree == {"a": {"b": 1, "c": 2}, "d": 3}
    for name in ("x", "a.x", "a.b.x"):
        with pytest.raises(KeyError, match="x"):
            nested.dot_to_object(tree, name)
    with pytest.raises(KeyError):
        nested.set_dot_to_object(tree, "x.y", 1)
