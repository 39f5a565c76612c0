"""Stand-ins for the libraries of systems that are not here, SpoutGL and syphon-python: as strict as the real ones.

What is sent lies in a texture as the system has it, and what is received is read from there: a picture that comes out
right was right in between, in order of colors and in orientation. A call with another type, order or thread than the
real library takes raises here too.
"""

import itertools
import sys
import threading
from contextlib import contextmanager
from importlib.machinery import ModuleSpec
from types import ModuleType, SimpleNamespace

import numpy as np

from kaleidocam.frame import Frame
from kaleidocam.settings.parameters import Machine
from kaleidocam.sharing.base import System
from kaleidocam.sinks.opening import open_sink

FPS = 50.0
GL_RGBA, GL_BGRA, GL_RGB, GL_BGR = 0x1908, 0x80E1, 0x1907, 0x80E0


def pretend(monkeypatch):
    """Both libraries, as if this were their system. Gives (spout, syphon): the modules."""
    made = spout_gl(), *syphon_python()
    for module in made:
        monkeypatch.setitem(sys.modules, module.__name__, module)
    for ours in ("spout", "syphon"):
        monkeypatch.delitem(sys.modules, f"kaleidocam.sharing.{ours}", raising=False)
    monkeypatch.setattr(System, "here", True)
    return made[0], next(module for module in made if module.__name__ == "syphon")


@contextmanager
def sending(text, pictures):
    """Sends these pictures in turn, at FPS, as the program's own sink does; gives the sink."""
    ended, size = threading.Event(), (pictures[0].shape[1], pictures[0].shape[0])

    def send():
        for index in itertools.count():
            if ended.wait(1 / FPS):
                return
            sink.write(Frame(pictures[index % len(pictures)], index / FPS, index))

    with open_sink(text, size, FPS, Machine(), overwrite=False) as sink:
        thread = threading.Thread(target=send)
        thread.start()
        try:
            yield sink
        finally:
            ended.set()
            thread.join()


def _module(name, **contents):
    module = ModuleType(name)
    module.__spec__ = ModuleSpec(name, None)
    module.__dict__.update(contents)
    return module


def spout_gl():
    """SpoutGL 0.1.1. `shared`: the textures by their senders' names, each (H, W, 4) RGBA from the top down, as those of
    DirectX; `calls`: the names of the calls, in order."""
    shared, counts, calls = {}, {}, []

    class Common:
        def __init__(self):
            self._thread = None

        def createOpenGL(self):
            calls.append("createOpenGL")
            self._thread = threading.get_ident()
            return True

        def closeOpenGL(self):
            assert self._thread == threading.get_ident()
            calls.append("closeOpenGL")
            self._thread = None
            return True

        def has_context(self):
            return self._thread == threading.get_ident()

    class SpoutSender(Common):
        name = None

        def setSenderName(self, name):
            assert isinstance(name, str) and len(name.encode()) < 256
            calls.append("setSenderName")
            number, self.name = 0, name
            while self.name in shared:
                number += 1
                self.name = f"{name}_{number}"

        def sendImage(self, pixels, width, height, form, invert, framebuffer):
            _check_integers(width, height, form, framebuffer)
            pixels = _checked(pixels, width, height, form)
            calls.append("sendImage")
            if not self.has_context():
                return False
            rows = np.frombuffer(pixels, np.uint8).reshape(height, width, 4)
            shared[self.name] = (rows[::-1] if invert else rows).copy()
            counts[self.name] = counts.get(self.name, 0) + 1
            return True

        def setFrameSync(self, name):
            assert name == self.name
            calls.append("setFrameSync")

        def releaseSender(self):
            assert self.has_context()
            calls.append("releaseSender")
            shared.pop(self.name, None)

    class SpoutReceiver(Common):
        def __init__(self):
            super().__init__()
            self._wanted, self._size, self._updated, self._new, self._count, self._ring = "", None, False, False, 0, []

        def getSenderList(self):
            return list(shared)

        def setReceiverName(self, name):
            assert isinstance(name, str)
            self._wanted = name

        def receiveImage(self, pixels, form, invert, framebuffer):
            _check_integers(form, framebuffer)
            if pixels is not None:
                _checked(pixels, *(self._size or (0, 0)), form)
            if self._updated:
                return True
            there = shared.get(self._wanted)
            if there is None or not self.has_context():
                self._size = None
                return False
            size = there.shape[1], there.shape[0]
            if size != self._size:
                self._size, self._updated, self._ring = size, True, [np.zeros_like(there)] * 2
                return True
            self._new = counts[self._wanted] != self._count
            self._count = counts[self._wanted]
            if self._new:  # pixels come through a ring of buffers, which are empty at first
                self._ring.append(there)
                come = self._ring.pop(0) if not self._ring[0].any() else self._ring[-1]
                pixels[...] = come[::-1] if invert else come
            return True

        def isUpdated(self):
            updated, self._updated = self._updated, False
            return updated

        def getSenderWidth(self):
            return self._size[0]

        def getSenderHeight(self):
            return self._size[1]

        def isFrameNew(self):
            return self._new

        def releaseReceiver(self):
            assert self.has_context()

    return _module(
        "SpoutGL",
        SpoutSender=SpoutSender,
        SpoutReceiver=SpoutReceiver,
        enums=SimpleNamespace(GL_RGBA=GL_RGBA, GL_BGRA_EXT=GL_BGRA, GL_RGB=GL_RGB, GL_BGR_EXT=GL_BGR),
        shared=shared,
        calls=calls,
    )


def _check_integers(*values):
    assert all(type(value) is int for value in values), values


def _checked(pixels, width, height, form):
    """As pybind11 takes a buffer: contiguous, and large enough."""
    view = memoryview(pixels)
    assert form == GL_RGBA, "the others need an extension of OpenGL"
    assert view.c_contiguous and view.nbytes >= width * height * 4 and view.itemsize == 1
    return view


def syphon_python():
    """syphon-python 0.2, with PyObjC's `objc`. Surfaces lie from the bottom up, in BGRA. `syphon.servers`: those that
    run."""
    servers, pools = [], []

    @contextmanager
    def autorelease_pool():
        pools.append(None)
        yield
        pools.pop()

    class Texture:
        def __init__(self, pixels):
            self.pixels = pixels

        def width(self):
            return self.pixels.shape[1]

        def height(self):
            return self.pixels.shape[0]

    class SyphonMetalServer:
        def __init__(self, name, device=None, command_queue=None, *, is_private=False):
            assert isinstance(name, str)
            self.name, self.device, self.surface, self.count, self.clients = name, "device", None, 0, 0
            servers.append(self)

        @property
        def has_clients(self):
            return self.clients > 0

        def publish_frame_texture(self, texture, region=None, size=None, is_flipped=False, auto_commit=True):
            assert pools, "a command buffer that is never given back"
            rows = texture.pixels[::-1] if is_flipped else texture.pixels
            self.surface, self.count = Texture(rows[..., [2, 1, 0, 3]].copy()), self.count + 1

        def stop(self):
            servers.remove(self)

    class SyphonMetalClient:
        def __init__(self, description, device=None):
            assert pools is not None
            self._server, self._seen = description.raw, 0
            self._server.clients += 1

        @property
        def is_valid(self):
            return self._server in servers

        @property
        def has_new_frame(self):
            return self.is_valid and self._server.count != self._seen

        @property
        def new_frame_image(self):
            assert pools, "a texture that is never given back"
            self._seen = self._server.count
            return self._server.surface

        def stop(self):
            self._server.clients -= 1

    class SyphonServerDirectory:
        run_loop_interval = 1.0

        @property
        def servers(self):
            assert self.run_loop_interval < 0.1, "it would wait for a second"
            return [SimpleNamespace(name=each.name, app_name="Python", uuid=id(each), raw=each) for each in servers]

        def update_run_loop(self):
            pass

    def create_mtl_texture(device, width, height, pixel_format="RGBA8Unorm"):
        assert device is not None and pixel_format == "RGBA8Unorm"
        _check_integers(width, height)
        return Texture(np.zeros((height, width, 4), np.uint8))

    def copy_image_to_mtl_texture(image, texture):
        assert image.shape == texture.pixels.shape and image.dtype == np.uint8
        texture.pixels[...] = image

    def copy_mtl_texture_to_image(texture):
        return texture.pixels.copy()

    return (
        _module("objc", autorelease_pool=autorelease_pool),
        _module(
            "syphon",
            SyphonMetalServer=SyphonMetalServer,
            SyphonMetalClient=SyphonMetalClient,
            SyphonServerDirectory=SyphonServerDirectory,
            servers=servers,
        ),
        _module("syphon.utils"),
        _module(
            "syphon.utils.numpy",
            copy_image_to_mtl_texture=copy_image_to_mtl_texture,
            copy_mtl_texture_to_image=copy_mtl_texture_to_image,
        ),
        _module("syphon.utils.raw", create_mtl_texture=create_mtl_texture),
    )
