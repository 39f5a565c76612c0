"""Changes the code line by line, and tells which changes no test notices: python scripts/mutate.py [--count N] [--only TEXT].

Each mutation changes one expression of one line: a comparison is turned round, + and -, * and /, `and` and `or` take each
other's place, min and max too, a `not` or a minus is dropped, a number is doubled or one more, True becomes False, a function
returns None, two arguments change places; the last two only where a line has nothing better. The choice of lines depends on
their text alone, so most of it outlasts other changes. All
happens in copies of the tree; the tests of the module run there, two mutations at once. Run it from the environment in which
the tests run. It exits with 1 if a mutation survives that is not in EQUIVALENT, and with 2 if a test fails without any.
"""

import argparse
import ast
import copy
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Queue

ROOT = Path(__file__).parents[1]
TESTS = {  # what is mutated -> its tests: those that take little time and fail soon
    "motion/cuts.py": "motion/test_cuts.py motion/test_flow.py",
    "motion/flow.py": "motion/test_flow.py",
    "motion/warp.py": "motion/test_warp.py motion/test_flow.py",
    "picture/layer.py": "picture/test_layer.py picture/test_growth.py",
    "picture/growth.py": "picture/test_growth.py",
    "live/flash.py": "live/test_flash.py",
    "control/panel/gate.py": "control/test_panel_gate.py",
    "film/pieces.py": "film/test_pieces.py",
    "film/seam.py": "film/test_seam.py",
    "sinks/join.py": "sinks/test_join.py",
}
EQUIVALENT: dict[tuple[str, str], str] = {}  # (file, change) -> why nobody could see it
OPTIONS = [
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-m",
    "not slow",
    "-k",
    "not aisle and not lies_in_memory and not fills_up",
]
LIMIT = 240  # seconds for the tests of one mutation; one that takes longer was noticed
SWAPS = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.Is: ast.IsNot, ast.In: ast.NotIn, ast.Add: ast.Sub}
SWAPS |= {ast.Mult: ast.Div, ast.And: ast.Or, ast.BitAnd: ast.BitOr}
SWAPS |= {new: old for old, new in SWAPS.items()}
NAMES = {"min": "max", "minimum": "maximum", "erode": "dilate", "bisect_left": "bisect_right"}
NAMES |= {new: old for old, new in NAMES.items()}
SILENT = (ast.Raise, ast.JoinedStr, ast.arguments)  # texts for people
CRUDE = (ast.Return, ast.Call, ast.Slice, ast.Subscript)  # what any test notices


def mutated(node: ast.AST) -> ast.AST | None:
    """`node` changed; None if there is nothing to change in it itself."""
    new = copy.deepcopy(node)
    match new:
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            new.ops = [SWAPS[type(op)]()]
        case ast.BinOp(left=left) if "folder" in ast.unparse(left) or isinstance(left, ast.List):
            return None  # a path, or a list
        case ast.BinOp(op=op) | ast.BoolOp(op=op) | ast.AugAssign(op=op) if type(op) in SWAPS:
            new.op = SWAPS[type(op)]()
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            return operand
        case ast.Constant(value=bool(value)):
            new.value = not value
        case ast.Constant(value=int(value) | float(value)):
            new.value = value + 1 if value in (0, 1) else value * 2
        case ast.Return(value=ast.expr()):
            new.value = ast.Constant(None)
        case ast.Name(id=name) if name in NAMES:
            new.id = NAMES[name]
        case ast.Attribute(attr=name) if name in NAMES:
            new.attr = NAMES[name]
        case ast.Call(args=[first, second, *rest]) if not isinstance(first, ast.Starred):
            new.args = [second, first, *rest]
        case _:
            return None
    return new


def places(node: ast.AST) -> list[tuple[ast.AST, str, int | None]]:
    """(parent, field, index) of all that may be changed below `node`."""
    found = []
    for field, value in ast.iter_fields(node):
        if field in ("annotation", "returns", "decorator_list"):
            continue
        for index, child in enumerate(value) if isinstance(value, list) else ((None, value),):
            if isinstance(child, ast.AST) and not isinstance(child, SILENT):
                found += [(node, field, index), *places(child)]
    return found


def mutations(name: str) -> list[tuple[str, int, str, str]]:
    """(file, line, change, the whole module changed): one for each line, in an order that their text alone decides."""
    tree, of_line = ast.parse((ROOT / "kaleidocam" / name).read_text(encoding="utf-8")), {}
    for parent, field, index in places(tree):
        held = getattr(parent, field)
        old = held if index is None else held[index]
        if (new := mutated(old)) is None or ast.unparse(new) == ast.unparse(old):
            continue
        shown = (
            [parent] if isinstance(old, (ast.Constant, ast.Name, ast.Attribute)) else [old, new]
        )  # a bare number tells nothing
        before = ast.unparse(shown[0])
        setattr(parent, field, new) if index is None else held.__setitem__(index, new)
        told = f"{before}  ->  {ast.unparse(shown[-1])}"
        order = (
            isinstance(old, CRUDE) or isinstance(parent, CRUDE[2:]),
            hashlib.sha256(f"{name}{told}".encode()).hexdigest(),
        )
        of_line.setdefault(old.lineno, []).append((*order, (name, old.lineno, told, ast.unparse(tree))))
        setattr(parent, field, old) if index is None else held.__setitem__(index, old)
    return [found[-1] for found in sorted(min(found) for found in of_line.values())]


def passes(tree: Path, name: str) -> bool:
    """Whether the tests of a module pass in that copy of the tree."""
    tests = [path for path in TESTS[name].split() if (tree / "tests" / path).exists()]
    command = [sys.executable, "-m", "pytest", *OPTIONS, *(f"tests/{path}" for path in tests)]
    # No bytecode: a file of the same size, changed within the same second, would be taken for the one before.
    paths = {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return (
            subprocess.run(command, cwd=tree, env=os.environ | paths, capture_output=True, timeout=LIMIT).returncode
            == 0
        )
    except subprocess.TimeoutExpired:
        return False


def survives(mutation: tuple[str, int, str, str], trees: Queue) -> bool:
    """Whether the tests pass although this is changed."""
    name, line, told, text = mutation
    tree = trees.get()
    path = tree / "kaleidocam" / name
    try:
        path.write_text(text, encoding="utf-8")
        survived = passes(tree, name)
    finally:
        shutil.copy(ROOT / "kaleidocam" / name, path)
        trees.put(tree)
    if survived:
        why = EQUIVALENT.get((name, told))
        print(f"survived: kaleidocam/{name}:{line}: {told}" + (f"  ({why})" if why else ""), flush=True)
    return survived


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=100, help="in all files together")
    parser.add_argument("--only", default="", help="of the files with this in their names")
    given = parser.parse_args()
    of_file = {name: mutations(name) for name in TESTS}
    share = min(1, given.count / sum(map(len, of_file.values())))
    of_file = {name: found for name, found in of_file.items() if given.only in name}
    chosen = [mutation for found in of_file.values() for mutation in found[: round(len(found) * share)]]
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as both:
        trees: Queue = Queue()
        for number in "12":
            ignored = shutil.ignore_patterns("__pycache__", ".*", "docs", "build", "*.egg-info")
            trees.put(Path(shutil.copytree(ROOT, Path(folder, number), ignore=ignored)))
        if failing := [name for name in of_file if not passes(trees.queue[0], name)]:
            print(f"the tests of {', '.join(failing)} fail without any mutation", file=sys.stderr)
            sys.exit(2)
        survived = [m for m, left in zip(chosen, both.map(lambda m: survives(m, trees), chosen), strict=True) if left]
    unknown = [m for m in survived if (m[0], m[2]) not in EQUIVALENT]
    print(f"{len(chosen)} mutations, {len(survived)} survived, {len(unknown)} of them are not known as equivalent")
    sys.exit(bool(unknown))


if __name__ == "__main__":
    main()
