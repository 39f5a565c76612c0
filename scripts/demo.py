"""Installs kaleidocam and runs its demo in one command: python3 scripts/demo.py [options of `kaleidocam demo`]."""

import subprocess
import sys

from environment import prepare

sys.exit(subprocess.call([prepare("virtualcam"), "-m", "kaleidocam", "demo", *sys.argv[1:]]))
