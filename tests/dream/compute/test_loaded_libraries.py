"""The large libraries of a framework are loaded before its import, which would hold up the picture meanwhile."""

import os
import subprocess
import sys

import pytest

# Prints the large files that are mapped once the framework is imported, and were not when the last `load` was done.
TELLS = """
import sys
from pathlib import Path
from kaleidocam.dream.compute import libraries

def mapped():
    parts = [line.split(maxsplit=5) for line in Path("/proc/self/maps").read_text().splitlines()]
    files = {Path(part[5]) for part in parts if len(part) == 6 and ".so" in part[5]}
    return {path.name for path in files if path.is_file() and path.stat().st_size > 32e6}

before, load = set(mapped()), libraries.load
def noted(package, patterns):
    load(package, patterns)
    before.update(mapped())

libraries.load = noted
__import__(f"kaleidocam.dream.compute.backends.on_{sys.argv[1]}")
print(*mapped() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize(
    "name",
    ["tensorflow", *(pytest.param(name, marks=pytest.mark.needs(name)) for name in ("torch", "jax", "openvino"))],
)
def test_no_import_loads_a_large_library_itself(name):
    done = subprocess.run([sys.executable, "-c", TELLS, name], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (0, "\n"), done


@pytest.mark.slow
@pytest.mark.needs("torch")
@pytest.mark.parametrize(
    ("given", "spins"), [({}, "2000"), ({"GOMP_SPINCOUNT": "7"}, "7"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "")]
)
def test_torch_s_threads_spin_briefly_where_nobody_says_otherwise(given, spins):
    code = "import os, kaleidocam.dream.compute.backends.on_torch; print(os.environ.get('GOMP_SPINCOUNT', ''))"
    env = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"} | given
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=env)
    assert (done.returncode, done.stdout) == (0, f"{spins}\n"), done
