"""Changes the code, one expression at a time, and tells which changes no test notices: python scripts/mutate.py
[--count N] [--only TEXT]

A comparison is turned round; + and -, * and /, and and or, min and max take each other's place; a not or a minus is
dropped; a number is doubled or one more; True becomes False; where a line has none of these, a function returns None
or two arguments change places. One mutation a line; which lines are taken depends on their text alone. All happens in
copies of the tree, two mutations at once, by the Python that runs this script. Exits with 1 if a mutation survives
that is not in EQUIVALENT, and with 2 if a test fails without any.
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
TESTS = {  # what is mutated -> the tests that should notice it
    "motion/cuts.py": "motion/test_cuts.py motion/test_flow.py",
    "motion/flow.py": "motion/test_flow.py",
    "motion/warp.py": "motion/test_flow.py",
    "picture/layer.py": "picture/test_layer.py picture/test_growth.py",
    "picture/laid.py": "picture/test_laid.py",
    "picture/growth.py": "picture/test_growth.py",
    "live/flash.py": "live/test_flash.py",
    "control/panel/gate.py": "control/test_panel_gate.py",
    "film/pieces.py": "film/test_pieces.py",
    "film/seam.py": "film/test_seam.py",
    "sinks/join.py": "sinks/test_join.py sinks/test_attached.py",
}
EQUIVALENT = {  # (file, change) -> why it changes nothing that matters
    ("motion/cuts.py", "self._usual = 0.0  ->  self._usual = 1.0"): "a shot is calm up to five",
    ("motion/flow.py", "np.float32(0.001)  ->  np.float32(0.002)"): "it only keeps from dividing by zero",
    ("motion/flow.py", "trust=1.0  ->  trust=2.0"): "no trust is read for the first picture",
    ("picture/layer.py", "max(1, side // SWING_CELLS)  ->  max(2, side // SWING_CELLS)"): "no grid has one cell only",
    ("picture/layer.py", "max(1, side // DRIFT_CELLS)  ->  max(2, side // DRIFT_CELLS)"): "no grid has one cell only",
    ("picture/growth.py", "self._turn = 0  ->  self._turn = 1"): "the first motion is a cut, which sets it",
    ("live/flash.py", "np.where(rises, 1, way)  ->  np.where(rises, 2, way)"): "of a way, only the sign is read",
    ("film/pieces.py", "packet.size > 0  ->  packet.size > 1"): "no codec has frames of one byte",
    ("film/pieces.py", "timeout=0  ->  timeout=1"): "the same is said a second later",
    ("sinks/join.py", "self._last = 0  ->  self._last = 1"): "it is set before it is read",
    (
        "sinks/join.py",
        "Fraction(fps).limit_denominator(1001)  ->  Fraction(fps).limit_denominator(2002)",
    ): "NTSC has 1001",
}
SLOW = ("aisle", "lies_in_memory", "fills_up")  # tests that take long, in whose place others tell as much
OPTIONS = ["-x", "-q", "-p", "no:cacheprovider", "-m", "not slow", "-k", " and ".join(f"not {name}" for name in SLOW)]
LIMIT = 240  # seconds for the tests of one mutation; what takes longer was noticed
SWAPS = {ast.Lt: ast.GtE, ast.LtE: ast.Gt, ast.Eq: ast.NotEq, ast.Is: ast.IsNot, ast.In: ast.NotIn, ast.Add: ast.Sub}
SWAPS |= {ast.Mult: ast.Div, ast.And: ast.Or, ast.BitAnd: ast.BitOr}
NAMES = {"min": "max", "minimum": "maximum", "erode": "dilate", "bisect_left": "bisect_right"}
SWAPS, NAMES = (both | {new: old for old, new in both.items()} for both in (SWAPS, NAMES))
SILENT = (ast.Raise, ast.JoinedStr, ast.arguments)  # texts for people
INDEX = (ast.Slice, ast.Subscript)  # what is changed in these, in a return or in a call, any test notices


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


def places(node: ast.AST) -> list[tuple[ast.AST, list | dict, int | str]]:
    """All below `node` that may be changed: each one's parent, what holds it there, and its index or name in that."""
    found = []
    for field, value in ast.iter_fields(node):
        holder, keys = (value, range(len(value))) if isinstance(value, list) else (vars(node), [field])
        for key in keys if field not in ("annotation", "returns", "decorator_list") else ():
            if isinstance(holder[key], ast.AST) and not isinstance(holder[key], SILENT):
                found += [(node, holder, key), *places(holder[key])]
    return found


def mutations(name: str) -> list[tuple[str, int, str, str]]:
    """(file, line, change, the whole module changed): one for each line, in an order that their text alone decides."""
    tree, of_line = ast.parse((ROOT / "kaleidocam" / name).read_text(encoding="utf-8")), {}
    for parent, holder, key in places(tree):
        old, new = holder[key], mutated(holder[key])
        if new is None or ast.unparse(new) == ast.unparse(old):
            continue
        told = (
            parent if isinstance(old, (ast.Constant, ast.Name, ast.Attribute)) else None
        )  # a bare number says nothing
        before, holder[key] = ast.unparse(told or old), new
        change = f"{before}  ->  {ast.unparse(told or new)}"
        crude = isinstance(old, (ast.Return, ast.Call)) or isinstance(parent, INDEX)
        order = crude, hashlib.sha256(f"{name}{change}".encode()).hexdigest()
        of_line.setdefault(old.lineno, []).append((*order, (name, old.lineno, change, ast.unparse(tree))))
        holder[key] = old
    return [found[-1] for found in sorted(min(found) for found in of_line.values())]


def passes(tree: Path, name: str) -> bool:
    """Whether the tests of a module pass in that copy of the tree."""
    command = [sys.executable, "-m", "pytest", *OPTIONS, *(f"tests/{path}" for path in TESTS[name].split())]
    # No bytecode: a file of the same size, changed within the same second, would be taken for the one before.
    env = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        return subprocess.run(command, cwd=tree, env=env, capture_output=True, timeout=LIMIT).returncode == 0
    except subprocess.TimeoutExpired:
        return False


def survives(mutation: tuple[str, int, str, str], trees: Queue) -> bool:
    """Whether the tests pass although this is changed, in one of the copies of the tree."""
    name, line, change, text = mutation
    tree = trees.get()
    whole = (tree / "kaleidocam" / name).read_text(encoding="utf-8")
    (tree / "kaleidocam" / name).write_text(text, encoding="utf-8")
    survived = passes(tree, name)
    (tree / "kaleidocam" / name).write_text(whole, encoding="utf-8")
    trees.put(tree)
    if survived:
        print(f"survived: kaleidocam/{name}:{line}: {change}: {EQUIVALENT.get((name, change), 'WHY?')}", flush=True)
    return survived


def main() -> None:
    parser = argparse.ArgumentParser(usage=__doc__, allow_abbrev=False)
    parser.add_argument("--count", type=int, default=100, help="in all files together")
    parser.add_argument("--only", default="", help="of the files with this in their names")
    given = parser.parse_args()
    of_file = {name: mutations(name) for name in TESTS}
    share = min(1, given.count / sum(map(len, of_file.values())))
    chosen = {name: found[: round(len(found) * share)] for name, found in of_file.items() if given.only in name}
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(2) as both:
        trees: Queue = Queue()
        for number in "12":
            ignored = shutil.ignore_patterns("__pycache__", ".*", "docs", "build", "*.egg-info")
            trees.put(Path(shutil.copytree(ROOT, Path(folder, number), ignore=ignored)))
        if failing := [name for name in chosen if not passes(trees.queue[0], name)]:
            print(
                f"without any mutation these tests fail: {', '.join(TESTS[name] for name in failing)}", file=sys.stderr
            )
            sys.exit(2)
        tried = [mutation for found in chosen.values() for mutation in found]
        survived = [m for m, left in zip(tried, both.map(lambda m: survives(m, trees), tried), strict=True) if left]
    unknown = sum((name, change) not in EQUIVALENT for name, _, change, _ in survived)
    print(f"{len(tried)} mutations, {len(survived)} survived, {unknown} of them without a reason")
    sys.exit(unknown > 0)


if __name__ == "__main__":
    main()
