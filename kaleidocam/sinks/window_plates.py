"""Lines of text, drawn by OpenGL on anything flat.

Invariant: a plate is drawn anew only where it says something else; what lies under it shines through.
"""

from collections.abc import Sequence

import moderngl
import numpy as np

from kaleidocam.sinks.window_lines import margin_of, plate_of

FLAT = """
#version 330
uniform mat3 onto;
out vec2 at;
void main() {
    at = vec2(gl_VertexID & 1, gl_VertexID >> 1);
    vec3 place = onto * vec3(at, 1);
    gl_Position = vec4(place.xy, 0, place.z);
}
"""
PLATE = """
#version 330
uniform sampler2D plate;
uniform float share;
in vec2 at;
out vec4 color;
void main() { vec2 seen = texture(plate, at).rg * share; color = vec4(vec3(seen.r), seen.g); }
"""
# Brings shares of the screen, counted from its top left, to where OpenGL has them.
SCREEN = np.array([(2, 0, -1), (0, -2, 1), (0, 0, 1)], float)


def set_matrix(program: moderngl.Program, matrix: np.ndarray) -> None:
    """Gives a program its (3, 3) matrix `onto`."""
    program["onto"] = tuple(matrix.T.ravel())


class Plates:
    """Draws into the whole of the current viewport."""

    def __init__(self, gl: moderngl.Context) -> None:
        self._gl = gl
        self._square = gl.vertex_array(gl.program(vertex_shader=FLAT, fragment_shader=PLATE), [])
        self._made: dict[str, tuple[tuple, moderngl.Texture]] = {}  # place: what it shows, and its picture

    def lay(
        self, place: str, lines: Sequence[str], size: tuple[float, float], onto: np.ndarray, share: float = 1.0
    ) -> None:
        """Lays lines at the "top" left, the "bottom" left, or the "middle" of a plane of (width, height) pixels, whose
        unit square the matrix `onto` brings to shares of the screen. `share` of it is there, 0 to 1."""
        texture, margin = self._texture(place, lines, round(size[1])), margin_of(round(size[1]))
        x = (size[0] - texture.width) / 2 if place == "middle" else margin
        y = {"top": margin, "middle": (size[1] - texture.height) / 2}.get(place, size[1] - margin - texture.height)
        self._draw(texture, (x, y), size, onto, share)

    def label(self, text: str, height: int, onto: np.ndarray) -> None:
        """Writes a short text in the middle of a plane of one pixel, for a window of that height."""
        texture = self._texture(text, [text], height)
        self._draw(texture, (-texture.width / 2, -texture.height / 2), (1.0, 1.0), onto, 1.0)

    def _texture(self, place: str, lines: Sequence[str], height: int) -> moderngl.Texture:
        says, before = (tuple(lines), height), self._made.get(place)
        if before is None or before[0] != says:
            if before:
                before[1].release()
            plate = plate_of(lines, height)
            texture = self._gl.texture((plate.shape[1], plate.shape[0]), 2, plate.tobytes(), alignment=1)
            texture.repeat_x = texture.repeat_y = False
            before = self._made[place] = says, texture
        return before[1]

    def _draw(
        self,
        texture: moderngl.Texture,
        at: tuple[float, float],
        size: tuple[float, float],
        onto: np.ndarray,
        share: float,
    ) -> None:
        wide, high = texture.width / size[0], texture.height / size[1]
        there = np.array([(wide, 0, at[0] / size[0]), (0, high, at[1] / size[1]), (0, 0, 1)])
        texture.use()
        self._square.program["share"] = share
        set_matrix(self._square.program, SCREEN @ onto @ there)
        self._gl.enable(moderngl.BLEND)
        self._gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA  # a plate's text is weighted already
        self._square.render(moderngl.TRIANGLE_STRIP, vertices=4)
        self._gl.disable(moderngl.BLEND)
