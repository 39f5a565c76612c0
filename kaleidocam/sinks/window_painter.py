"""The window's picture and lines, drawn by OpenGL.

Invariant: the context is current whenever anything here is called; what is drawn is seen only after a swap.
"""

from collections.abc import Sequence

import cv2
import moderngl
import numpy as np

from kaleidocam.sinks.window_adjusting import Adjusting
from kaleidocam.sinks.window_pinned import Pinned, smallest
from kaleidocam.sinks.window_placement import placed
from kaleidocam.sinks.window_plates import Plates
from kaleidocam.sinks.window_projection import Projection
from kaleidocam.sinks.window_shape import inside

CORNERS = """
#version 330
out vec2 at;
void main() {
    at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    gl_Position = vec4(at.x * 2 - 1, 1 - at.y * 2, 0, 1);
}
"""
PICTURE = """
#version 330
uniform sampler2D picture;
in vec2 at;
out vec4 color;
void main() { color = vec4(texture(picture, at).rgb, 1); }
"""
BYTES_OF_A_PIXEL = 4  # drivers take four at once; three they sort one by one
HALF = 0.5
ANISOTROPY = 4.0  # pixels that are looked at along the longer way, where a picture is small one way only


class Painter:
    """Draws into the current context. moderngl.Error where it is none of OpenGL 3.3."""

    def __init__(self) -> None:
        self._gl = moderngl.create_context(require=330)
        self._picture = self._gl.vertex_array(self._gl.program(vertex_shader=CORNERS, fragment_shader=PICTURE), [])
        self._plates = Plates(self._gl)
        self._pinned: Pinned | None = None  # made once it is needed
        self._seen: moderngl.Texture | None = None
        self._onto, self._size = np.eye(3), (1.0, 1.0)  # the plane that lines are laid on, and its size in pixels

    def paint(
        self,
        image: np.ndarray,
        window: tuple[int, int],
        projection: Projection | None = None,
        *,
        grid: bool = False,
    ) -> None:
        """Draws `image` (H, W, 3) uint8 BGR into a window of (width, height) pixels: in its shape, black around it; or
        as the projection has it, with a `grid` over it or not."""
        self._gl.viewport = 0, 0, *window
        self._gl.clear()
        if projection is None:
            self._onto, self._size = np.eye(3), window
            x, y, width, height = inside((image.shape[1], image.shape[0]), window)
            _look(self._load(_shrunk(image, (width, height))))
            self._gl.viewport = x, y, width, height
            self._picture.render(moderngl.TRIANGLE_STRIP, vertices=4)
            self._gl.viewport = 0, 0, *window
        else:
            self._project(image, window, projection, grid)

    def lay(self, lines: Sequence[str], fading: str, share: float, adjusting: Adjusting | None = None) -> None:
        """Lays lines over what was painted, and `share` (0 to 1) of one that fades; over a projection, as it has
        them. Over all, what is seen while that is adjusted."""
        if lines:
            self._plates.lay("top", lines, self._size, self._onto)
        if share:
            self._plates.lay("bottom", [fading], self._size, self._onto, share)
        if adjusting and self._pinned:
            self._plates.lay("middle", adjusting.lines(), self._size, self._onto)
            self._pinned.mark(adjusting.handles, adjusting.chosen)

    def _project(self, image: np.ndarray, window: tuple[int, int], projection: Projection, grid: bool) -> None:
        self._pinned = self._pinned or Pinned(self._gl, self._plates)
        at = placed(projection, (image.shape[1], image.shape[0]), window)
        self._onto, self._size, view = at.matrix, at.size, at.view
        whole = at.size[0] / (view[2] - view[0]), at.size[1] / (view[3] - view[1])
        texture = self._load(_shrunk(image, (max(1, round(whole[0])), max(1, round(whole[1])))))
        _look(texture, *smallest(at, texture.size, window))
        self._pinned.draw(texture, at, projection.gamma, grid=grid)

    def _load(self, image: np.ndarray) -> moderngl.Texture:
        size = image.shape[1], image.shape[0]
        if self._seen is None or self._seen.size != size:
            if self._seen:
                self._seen.release()
            self._seen = self._gl.texture(size, BYTES_OF_A_PIXEL)
            self._seen.swizzle, self._seen.repeat_x, self._seen.repeat_y = "BGR1", False, False
        self._seen.write(cv2.cvtColor(image, cv2.COLOR_BGR2BGRA))
        return self._seen


def _look(texture: moderngl.Texture, scale: float = 1.0, longer: float = 1.0) -> None:
    """Uses a texture that is shown at `scale` where it is smallest, and there `longer` times as large the other way.
    OpenGL looks at four pixels only, so below half it needs smaller copies; all of it costs time without a GPU."""
    if scale < HALF:
        texture.build_mipmaps()
        texture.anisotropy = ANISOTROPY if longer > 1 / HALF else 1.0
    elif texture.filter != (moderngl.LINEAR, moderngl.LINEAR):
        texture.filter, texture.anisotropy = (moderngl.LINEAR, moderngl.LINEAR), 1.0
    texture.use()


def _shrunk(image: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """The picture at a whole part of its size where it is shown at half or less: OpenGL looks at four pixels only."""
    part = min(image.shape[1] // size[0], image.shape[0] // size[1])
    if part < 2:
        return image
    return cv2.resize(image, (image.shape[1] // part, image.shape[0] // part), interpolation=cv2.INTER_AREA)
