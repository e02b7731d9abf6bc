"""Record: what the package uses of dataclasses."""

from __future__ import annotations

import copy
import pickle

import pytest

from nlpcore.record import FrozenRecord, Record


class Point(Record):
    x: int
    y: int = 2
    marks: list[str] = []  # noqa: RUF012


class Name(FrozenRecord):
    first: str
    last: str = "x"


def test_fields_by_place_and_name():
    assert Point.FIELDS == ("x", "y", "marks")
    assert vars(Point(1)) == {"x": 1, "y": 2, "marks": []}
    assert Point(1, y=3) == Point(x=1, y=3)
    assert Point(1) != Point(2)
    assert repr(Point(1)) == "Point(x=1, y=2, marks=[])"


def test_mutable_defaults_are_not_shared():
    Point(1).marks.append("a")
    assert Point(1).marks == []


@pytest.mark.parametrize(
    ("args", "kwargs"), [((), {}), ((1, 2, [], 4), {}), ((1,), {"x": 1}), ((1,), {"z": 1})]
)
def test_wrong_fields(args, kwargs):
    with pytest.raises(TypeError):
        Point(*args, **kwargs)


def test_frozen():
    name = Name("a")
    with pytest.raises(AttributeError):
        name.first = "b"
    with pytest.raises(AttributeError):
        del name.first
    assert {name: 1}[Name("a")] == 1
    assert pickle.loads(pickle.dumps(name)) == copy.deepcopy(name) == name
