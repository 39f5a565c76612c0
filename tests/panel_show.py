"""A panel with a stand-in for the stage behind it, and its pages in a real browser."""

import threading
from contextlib import contextmanager

import numpy as np
from browser import eventually
from drawn_atlas import CURATED

from kaleidocam.control.desk import Desk
from kaleidocam.control.panel import Panel
from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Look
from kaleidocam.sources.phone_line import LINE

SIZE = (320, 180)
KEYS = {"b": "bypass: the clean picture", "0": "stronger", "?": "these keys", "q": "quit", " ": "pause"}
GRAY = 100  # of the picture at strength 1
LAYERS = {"mixed4": 768, "mixed5": 768}
BEYOND = {"name": "mixed9:3", "word": "towers", "tags": ["towers"]}  # curated, but not to be played with these weights
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
DESKTOP = {"viewport": {"width": 1440, "height": 900}}
MIDDLE = """() => { const c = document.querySelector("canvas"); if (!c.dataset.shown) return -1;
    return c.getContext("2d").getImageData(c.width >> 1, c.height >> 1, 1, 1).data[1]; }"""
AWAY = "net::ERR_"  # what a browser notes of a server that is away


class Show(threading.Thread):
    """Stands for the stage: a picture whose gray follows the strength, and is 255 while bypassed."""

    def __init__(self, folder, atlas=None, **more):
        super().__init__()
        self.desk, self.ended, self.bypassed, self.asked = Desk(Look()), threading.Event(), False, []
        self.excited, self.more = [], {}
        self.panel = Panel(
            self.desk,
            size=SIZE,
            port=0,
            folder=folder,
            keys=KEYS,
            press=self.press,
            layers=LAYERS,
            report=self.report,
            atlas=atlas,
            curated=[*CURATED, BEYOND],
            **{"phone": LINE} | more,
        )

    def press(self, key):
        if key == "b":
            self.desk.ask("bypass", "a key")
        if key == "0":
            self.desk.set_share("strength", self.desk.share("strength", "a key") + 0.1, "a key")

    def report(self):
        return {
            "fps": 29.97,
            "latency_ms": 14.0,
            "latency_p95_ms": 19.0,
            "steps": 31.0,
            "dropped": 0,
            "quality": "quality high (240x136)",
            "bypassed": self.bypassed,
            "paused": False,
            "notices": [],
            "excited": self.excited,
        } | self.more

    def run(self):
        index = 0
        with self.panel:
            while not self.ended.wait(1 / 30):
                for command in self.desk.asked():
                    self.asked.append(command)
                    self.bypassed ^= command == "bypass"
                level = 255 if self.bypassed else GRAY * self.desk.look().strength
                self.panel.write(Frame(np.full((SIZE[1], SIZE[0], 3), level, np.uint8), index / 30, index))
                index += 1


@contextmanager
def visiting(browser):
    """Yields what opens an address in a browser of its own; afterwards nothing may have gone wrong in any."""
    contexts, wrong = [], []

    def watch(page):
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: said.type == "error" and AWAY not in said.text and wrong.append(said.text))

    def visit(address, there="document.querySelector('canvas').dataset.shown", line=None, scripts=(), **how):
        contexts.append(browser.new_context(**how or DESKTOP))
        for script in scripts:
            contexts[-1].add_init_script(script)
        contexts[-1].on("page", watch)
        page = contexts[-1].new_page()
        if line:
            page.route_web_socket("**/live*", line)
        page.goto(address)
        truly(page, there)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert wrong == []


def truly(page, expression):
    """Waits until the page says so. Playwright's own way would need a page that may evaluate texts; ours may not."""
    eventually(page, lambda: page.evaluate(expression))


def open_tab(page, name):
    """Opens a tab, and all that is folded in it."""
    page.locator(f"#tab-{name}").click()
    page.evaluate(
        f"document.querySelectorAll('#panel-{name} details:not(.whole)').forEach((each) => (each.open = true))"
    )


def gray(page, wanted, off=3):
    """Waits until the middle of the picture that the page shows is as `wanted`."""
    eventually(page, lambda: abs(page.evaluate(MIDDLE) - wanted) <= off)
