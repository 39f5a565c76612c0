"""The script that changes the code to try the tests: each of its changes is a change, of one line, and can be run."""

import ast

import pytest
from mutate import EQUIVALENT, ROOT, TESTS, mutated, mutations


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a < b", "a >= b"),
        ("a is None", "a is not None"),
        ("a + b", "a - b"),
        ("a * b", "a / b"),
        ("a and b", "a or b"),
        ("not a", "a"),
        ("-a", "a"),
        ("0.4", "0.8"),
        ("1", "2"),
        ("True", "False"),
        ("min", "max"),
        ("f(a, b)", "f(b, a)"),
        ("'words'", None),
        ("f(*a, b)", None),
        ("folder / name", None),
    ],
)
def test_what_an_expression_becomes(before, after):
    new = mutated(ast.parse(before, mode="eval").body)
    assert (new and ast.unparse(new)) == after


def test_each_mutation_is_another_module_that_differs_in_one_place():
    name = "motion/cuts.py"
    whole = ast.unparse(ast.parse((ROOT / "kaleidocam" / name).read_text(encoding="utf-8"))).splitlines()
    made = mutations(name)
    assert len({line for _, line, _, _ in made}) == len(made) > 10
    for _, _, _, text in made:
        compile(text, name, "exec")
        assert sum(a != b for a, b in zip(whole, text.splitlines(), strict=True)) == 1


def test_what_is_named_is_there():
    assert {name for name, _ in EQUIVALENT} <= set(TESTS) and all(EQUIVALENT.values())
    for name, tests in TESTS.items():
        assert (ROOT / "kaleidocam" / name).is_file()
        assert all((ROOT / "tests" / test).is_file() for test in tests.split())
