import os
import signal
import subprocess
import sys
import threading

import pytest

from kaleidocam.dream.compute.quiet import quiet, unbroken


def test_lines_are_shown_only_with_an_error(capfd):
    with quiet():
        os.write(2, b"chatter\n")
    assert capfd.readouterr().err == ""
    with pytest.raises(ZeroDivisionError), quiet():
        os.write(2, b"what went wrong\n")
        1 / 0
    assert capfd.readouterr().err == "what went wrong\n"


def test_what_other_threads_say_meanwhile_is_printed(capfd):
    with quiet():
        os.write(2, b"chatter\n")
        kept = sys.stderr
        thread = threading.Thread(target=lambda: print("a message", file=sys.stderr))
        thread.start()
        thread.join()
    print("later", file=kept)  # a logger has kept it
    kept.flush()
    assert capfd.readouterr().err == "a message\nlater\n"


# In a process of its own: pytest's faulthandler takes signals on a stack that is too small once OpenVINO has enlarged
# what a signal saves.
SIGNALS = """
import signal, sys
import pytest
from kaleidocam.dream.compute.quiet import unbroken

number, reached = int(sys.argv[1]), []
signal.signal(number, signal.default_int_handler)
with pytest.raises(KeyboardInterrupt), unbroken():
    signal.raise_signal(number)
    reached.append("the end")
assert reached == ["the end"]
with pytest.raises(KeyboardInterrupt), unbroken():
    signal.raise_signal(number)
    signal.raise_signal(number)
    reached.append("not here")
assert reached == ["the end"] and signal.getsignal(number) is signal.default_int_handler
print("all of it")
"""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_waits_for_the_end_and_a_second_one_does_not(number):
    done = subprocess.run([sys.executable, "-c", SIGNALS, str(int(number))], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "all of it\n", "")


def test_what_is_ignored_stays_so_and_other_threads_may_be_quiet():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with unbroken():
            signal.raise_signal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    done = []

    def run():
        with unbroken():
            done.append(1)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done
