"""How late a phone's pictures are, and what they cost: a browser on this machine sends drawn ones that hold the time.

`python scripts/phone_latency.py [--codec H264|VP8] [--size 1280x720] [--seconds 10]`. It wants Chromium. It counts from
when the browser draws a picture to when the show can read it; the network is this machine's own, the camera is drawn.
"""

import argparse
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(ROOT / "scripts")]

from browser import chromium, eventually  # noqa: E402

from kaleidocam.control.desk import Desk  # noqa: E402
from kaleidocam.control.panel import Panel  # noqa: E402
from kaleidocam.settings.parameters import Look, Machine  # noqa: E402
from kaleidocam.sources.opening import open_live  # noqa: E402
from kaleidocam.sources.phone_line import LINE  # noqa: E402

BITS = 16  # of the milliseconds, each a column of the upper quarter, in Gray code
DRAW = """
const [width, height, only] = [%d, %d, "%s"];
const drawn = Object.assign(document.createElement("canvas"), { width, height });
const brush = drawn.getContext("2d");
const noise = Object.assign(document.createElement("canvas"), { width: width * 2, height: height * 2 });
const grain = noise.getContext("2d");
for (let i = 0; i < 4000; i++) {
  grain.fillStyle = `hsl(${i * 37 %% 360} 60%% ${20 + i %% 60}%%)`;
  grain.fillRect(i * 7919 %% noise.width, i * 104729 %% noise.height, 8 + i %% 90, 8 + i %% 50);
}
const draw = () => {
  const now = performance.timeOrigin + performance.now();
  const away = now / 20 %% width;
  brush.drawImage(noise, -away, -away * height / width);
  const number = Math.round(now) %% 65536, code = number ^ (number >> 1);
  for (let bit = 0; bit < 16; bit++) {
    brush.fillStyle = code >> bit & 1 ? "#fff" : "#000";
    brush.fillRect(bit * width / 16, 0, width / 16 + 1, height / 4);
  }
};
setInterval(draw, 1000 / 30);
(navigator.mediaDevices ?? {}).getUserMedia = async () => drawn.captureStream(30);
const known = RTCRtpSender.getCapabilities.bind(RTCRtpSender);
RTCRtpSender.getCapabilities = (kind) => {
  const { codecs, ...rest } = known(kind);
  const right = ({ mimeType }) => !only || mimeType === `video/${only}` || mimeType === "video/rtx";
  return { codecs: codecs.filter(right), ...rest };
};
const Line = RTCPeerConnection;
window.RTCPeerConnection = class extends Line {
  constructor(...how) { super(...how); window.line = this; }
};
"""
SENT = """async () => { for (const each of (await line.getStats()).values()) if (each.type === "outbound-rtp")
  return [each.bytesSent, each.framesEncoded, each.frameWidth, each.frameHeight, each.encoderImplementation ?? "",
    each.qualityLimitationReason]; }"""


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--codec", default="", choices=["H264", "VP8"])
    asked.add_argument("--size", default="1280x720")
    asked.add_argument("--seconds", type=float, default=10.0)
    given = asked.parse_args()
    width, height = map(int, given.size.split("x"))
    machine = Machine(size=(width, height))
    with tempfile.TemporaryDirectory() as folder, open_live("phone", machine) as source, chromium() as browser:
        plays = {"source": str, "sources": lambda name: {"sources": [], "source": "phone"}}
        with Panel(Desk(Look()), size=(width, height), port=0, folder=Path(folder), phone=LINE) as panel:
            panel.plays, panel.report = plays, lambda: {"source": "phone", "phone": LINE.playing, "notices": []}
            page = browser.new_page()
            page.add_init_script(DRAW % (width, height, given.codec))
            page.goto(panel.address)
            page.locator("#tab-more").click()
            page.locator("#camera-back").click()
            eventually(page, lambda: LINE.playing)
            page.wait_for_timeout(8000)  # until the bit rate has risen
            measure(page, source, given.seconds)


def measure(page, source, seconds: float) -> None:
    """Prints what comes in so many seconds."""
    process = LINE._says[-1].__self__._process.pid
    busy, sent, began, dropped = processor(process), page.evaluate(SENT), time.monotonic(), source.dropped
    here, arrived, gaps, last = [], [], [], None
    while time.monotonic() < began + seconds:
        page.wait_for_timeout(1) if not source.wait(0.02) else None
        if not source.wait(0):
            continue
        frame, now, wall = source.read(), time.monotonic(), time.time()
        late = (wall * 1000 - stamp(frame.image) + 32768) % 65536 - 32768
        here.append(late)
        arrived.append(late - (now - frame.seconds) * 1000)
        gaps += [frame.seconds - last] if last else []
        last = frame.seconds
    took = time.monotonic() - began
    after = page.evaluate(SENT)
    frames = after[1] - sent[1]
    print(
        f"{after[2]}x{after[3]}, {after[4]}, held back by {after[5]}, {(after[0] - sent[0]) * 8e-6 / took:.1f} Mbit/s"
    )
    print(f"encoded {frames / took:.1f} a second, came {len(here) / took:.1f}, {source.dropped - dropped} dropped")
    for name, values in (("decoded in the capture", arrived), ("read by the show", here)):
        values = sorted(values)
        print(f"{name}: {statistics.median(values):.0f} ms late, 95 % within {values[len(values) * 95 // 100]:.0f}")
    print(f"95 % of pictures within {sorted(gaps)[len(gaps) * 95 // 100] * 1000:.0f} ms of the one before")
    print(f"the capture process takes {(processor(process) - busy) / took:.0%} of a core")


def processor(process: int) -> float:
    """Seconds of processor that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def stamp(image: np.ndarray) -> int:
    """The milliseconds that a picture holds."""
    height, width = image.shape[:2]
    middles = [round((bit + 0.5) * width / BITS) for bit in range(BITS)]
    code = sum(
        1 << bit for bit, x in enumerate(middles) if image[height // 16 : height // 5, x - 4 : x + 4].mean() > 128
    )
    number = code
    while code := code >> 1:
        number ^= code
    return number


if __name__ == "__main__":
    main()
