"""Syphon: pictures shared on one machine under macOS, through syphon-python and Metal.

Invariant: syphon-python (MIT) is optional and imported only here; everything of Objective-C that is made for one
picture is given back before the next: a thread of Python has no pool of its own in which that would happen.

Source: the Syphon framework (SyphonMetalServer.m), and syphon-python 0.2.
"""

import time

import cv2
import numpy as np
import objc
import syphon
from syphon.utils.numpy import copy_image_to_mtl_texture, copy_mtl_texture_to_image
from syphon.utils.raw import create_mtl_texture

from kaleidocam.errors import UserError, one_line
from kaleidocam.sharing.base import Library, Receiver, Sender
from kaleidocam.sharing.names import free

LISTEN_SECONDS = 0.02  # in which macOS tells of senders that came and went
POLL_SECONDS = 0.003  # the same, while a picture is waited for
REST_SECONDS = 0.001  # a run loop that nothing comes to returns at once


class Syphon(Library):
    def __init__(self) -> None:
        self._directory = syphon.SyphonServerDirectory()
        self._directory.run_loop_interval = LISTEN_SECONDS

    def version(self) -> str:
        return "Syphon 5, by Metal"

    def names(self) -> list[str]:
        return list(self._servers())

    def send(self, name: str, size: tuple[int, int], fps: float) -> Sender:
        # Syphon itself lets several have the same name
        taken = [server.name for server in self._servers().values()]
        try:
            return _Sender(syphon.SyphonMetalServer(free(name, taken)), name)
        except RuntimeError as error:  # no Metal device, as in a virtual machine
            raise UserError(f"Syphon can't send: {one_line(error)}") from error

    def receive(self, name: str) -> Receiver:
        server = self._servers().get(name)
        if server is None:
            raise UserError(f"no Syphon sender '{name}'")
        try:
            return _Receiver(syphon.SyphonMetalClient(server), self._directory)
        except RuntimeError as error:
            raise UserError(f"Syphon can't receive: {one_line(error)}") from error

    def _servers(self) -> "dict[str, syphon.SyphonServerDescription]":
        """By names as those of NDI: "PROGRAM (sender)". Of several with one name, the first."""
        with objc.autorelease_pool():
            found = list(self._directory.servers)
        named = {
            f"{server.app_name} ({server.name})" if server.name else server.app_name: server for server in found[::-1]
        }
        return dict(reversed(named.items()))


class _Sender(Sender):
    def __init__(self, server: "syphon.SyphonMetalServer", asked: str) -> None:
        self._server, self.name = server, str(server.name)
        self.numbered = self.name != asked
        self._texture, self._size = None, (0, 0)

    def send(self, image: np.ndarray) -> None:
        pixels = cv2.cvtColor(image, cv2.COLOR_BGR2RGBA)  # as create_mtl_texture makes textures
        size = pixels.shape[1], pixels.shape[0]
        with objc.autorelease_pool():
            if size != self._size:
                self._texture, self._size = create_mtl_texture(self._server.device, *size), size
            copy_image_to_mtl_texture(pixels, self._texture)
            # Syphon's pictures lie from the bottom up, as those of OpenGL; ours from the top down, which is "flipped"
            self._server.publish_frame_texture(self._texture, is_flipped=True)

    def receivers(self) -> int | None:
        return None if self._server.has_clients else 0  # whether there are any is known, not how many

    def close(self) -> None:
        self._server.stop()


class _Receiver(Receiver):
    def __init__(self, client: "syphon.SyphonMetalClient", directory: "syphon.SyphonServerDirectory") -> None:
        self._client, self._directory = client, directory
        directory.run_loop_interval = POLL_SECONDS

    @property
    def connected(self) -> bool:
        return self._client.is_valid

    def newest(self, seconds: float) -> np.ndarray | None:
        ends = time.monotonic() + seconds
        with objc.autorelease_pool():
            while not self._client.has_new_frame:
                if time.monotonic() > ends or not self.connected:
                    return None
                self._directory.update_run_loop()
                time.sleep(REST_SECONDS)
            texture = self._client.new_frame_image
            if texture is None:
                return None
            pixels = copy_mtl_texture_to_image(texture)  # BGRA, as Syphon's textures are; from the bottom up
            return cv2.flip(cv2.cvtColor(pixels, cv2.COLOR_BGRA2BGR), 0)

    def close(self) -> None:
        self._client.stop()
