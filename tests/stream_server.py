"""For the tests: a server in a process of its own, by PyAV, that receives a stream and tells of each picture in it.

`python stream_server.py ADDRESS OPTIONS` opens the address as an input and writes lines of JSON.
"""

import json
import socket
import subprocess
import sys
import threading
import time

import av


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


class Server:
    """`pictures`: what has come, each {at: seconds, key: whether it is a keyframe, level: mean gray, size}; `tracks`:
    the names of the codecs."""

    def __init__(self, address, **options):
        self.tracks, self.pictures = [], []
        words = [sys.executable, __file__, address, json.dumps(options)]
        self._process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert self._process.stdout.readline() == "ready\n"
        self._thread = threading.Thread(target=self._hear, daemon=True)
        self._thread.start()

    def wait_for(self, count, seconds=20):
        """Whether so many pictures have come in time."""
        until = time.monotonic() + seconds
        while len(self.pictures) < count and time.monotonic() < until:
            time.sleep(0.02)
        return len(self.pictures) >= count

    def ended(self, seconds=10):
        """Whether the stream has ended, as it should."""
        return self._process.wait(seconds) == 0

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._thread.join()
        self._process.stdout.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.kill()

    def _hear(self):
        for line in self._process.stdout:
            said = json.loads(line)
            if isinstance(said, list):
                self.tracks = said
            else:
                self.pictures.append(said)


def main(address, options):
    print("ready", flush=True)
    with av.open(address, options=json.loads(options)) as opened:
        print(json.dumps([stream.codec_context.name for stream in opened.streams]), flush=True)
        for frame in opened.decode(video=0):
            if frame.pts is None:  # by RTP, before the sender has told its clock
                continue
            level = float(frame.reformat(format="gray").to_ndarray().mean())
            told = {"at": float(frame.pts * frame.time_base), "key": bool(frame.key_frame), "level": level}
            print(json.dumps(told | {"size": [frame.width, frame.height]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
