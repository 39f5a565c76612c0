"""A picture that is pinned by its corners, with soft edges, and what is seen while it is adjusted; drawn by OpenGL.

Invariant: straight lines stay straight, and outside of the corners all is black.
"""

from math import hypot

import moderngl
import numpy as np

from kaleidocam.sinks.window_handles import Handles
from kaleidocam.sinks.window_placement import Placement
from kaleidocam.sinks.window_plates import FLAT, SCREEN, Plates, set_matrix

STAGE = """
#version 330
uniform mat3 onto;
const float OVER = 0.01;  // beyond the edges, which are drawn smooth
out vec2 at;
void main() {
    at = mix(vec2(-OVER), vec2(1 + OVER), vec2(gl_VertexID & 1, gl_VertexID >> 1));
    vec3 place = onto * vec3(at, 1);
    gl_Position = vec4(place.xy, 0, place.z);  // by z, the perspective is right in between too
}
"""
SOFT = """
float rise(float share, float width) { return width > 0 ? smoothstep(0.0, 1.0, share / width) : 1.0; }
float light(vec2 at) {
    return rise(at.x, edges.x) * rise(at.y, edges.y) * rise(1 - at.x, edges.z) * rise(1 - at.y, edges.w);
}
"""
PINNED = f"""
#version 330
uniform sampler2D picture;
uniform vec4 view, within, edges;
uniform float gamma, shape;
uniform bool soft;
uniform vec2 grid;
in vec2 at;
out vec4 color;
{SOFT}
vec3 drawn(vec3 under, vec2 pixel) {{
    vec2 line = abs(fract(at * grid - 0.5) - 0.5) / (pixel * grid);
    vec2 border = min(at, 1 - at) / pixel;
    vec2 form = vec2(shape, 1), sized = pixel * form;
    float circle = abs(length((at - 0.5) * form) - 0.45 * min(1.0, shape)) / max(sized.x, sized.y);
    vec2 middle = abs(at - 0.5) / pixel;
    float near = min(min(min(line.x, line.y), circle), min(min(middle.x, middle.y), min(border.x, border.y)) - 1.0);
    return mix(vec3(1), under * 0.5, clamp(near - 0.5, 0.0, 1.0));
}}
void main() {{
    vec2 right = dFdx(at), down = dFdy(at);
    vec2 pixel = vec2(length(vec2(right.x, down.x)), length(vec2(right.y, down.y)));
    vec2 inner = min(at - within.xy, within.zw - at) / pixel + 0.5;
    vec2 seen = mix(view.xy, view.zw, (at - within.xy) / (within.zw - within.xy));
    vec3 of = texture(picture, seen).rgb * clamp(min(inner.x, inner.y), 0.0, 1.0);
    if (grid.x > 0) {{
        vec2 stage = min(at, 1 - at) / pixel + 0.5;
        of = drawn(of, pixel) * clamp(min(stage.x, stage.y), 0.0, 1.0);
    }}
    if (soft) of *= pow(light(at), 1 / gamma);
    color = vec4(of, 1);
}}
"""
RING = """
#version 330
uniform float radius;
uniform bool chosen;
in vec2 at;
out vec4 color;
void main() {
    float far = length(at - 0.5) * 2 * radius;
    float ring = clamp(radius - 1 - far, 0.0, 1.0) * clamp(far - radius + 5, 0.0, 1.0);
    float dot = clamp(3 - far, 0.0, 1.0), inner = clamp(radius - far, 0.0, 1.0) * (chosen ? 0.6 : 0.3);
    vec3 tint = chosen ? vec3(1.0, 0.7, 0.0) : vec3(1);
    color = vec4(tint * max(max(ring, dot), chosen ? inner * 0.6 : 0.0), max(max(ring, dot), inner));
}
"""
CELLS = 16  # of the grid, along the longer side
RINGS = 1 / 45  # of the window's height: a handle's radius
ASIDE = 5  # radiuses of a handle, from one side of the screen to the other, that its number stands nearer to the middle


class Pinned:
    """Draws into the whole of the current viewport; `plates` draw the texts."""

    def __init__(self, gl: moderngl.Context, plates: Plates) -> None:
        self._gl, self._plates = gl, plates
        self._stage = gl.vertex_array(gl.program(vertex_shader=STAGE, fragment_shader=PINNED), [])
        self._ring = gl.vertex_array(gl.program(vertex_shader=FLAT, fragment_shader=RING), [])

    def draw(self, picture: moderngl.Texture, placement: Placement, gamma: float, *, grid: bool) -> None:
        """Draws a picture where it stands; `grid`: with lines over it, to see how it stands."""
        program = self._stage.program
        set_matrix(program, SCREEN @ placement.matrix)
        program["view"], program["within"] = placement.view, placement.within
        program["edges"], program["gamma"], program["soft"] = placement.edges, gamma, any(placement.edges)
        program["grid"], program["shape"] = _cells(placement.shape) if grid else (0.0, 0.0), placement.shape
        picture.use()
        self._stage.render(moderngl.TRIANGLE_STRIP, vertices=4)

    def mark(self, handles: Handles, chosen: int) -> None:
        """Draws the handles with their numbers, which stand as the picture does."""
        placement, (width, height) = handles.placement(), handles.window
        radius = max(12.0, height * RINGS)
        program = self._ring.program
        upright = _way(placement.matrix, (width, height))
        for number, (x, y) in enumerate(handles.points()):
            pixels = np.array([(1 / width, 0, x), (0, 1 / height, y), (0, 0, 1)])  # from (0, 0) there, in pixels
            around = np.array([(2 * radius, 0, -radius), (0, 2 * radius, -radius), (0, 0, 1)])
            set_matrix(program, SCREEN @ pixels @ around)
            program["radius"], program["chosen"] = radius, number == chosen
            self._gl.enable(moderngl.BLEND)
            self._gl.blend_func = moderngl.ONE, moderngl.ONE_MINUS_SRC_ALPHA
            self._ring.render(moderngl.TRIANGLE_STRIP, vertices=4)
            self._gl.disable(moderngl.BLEND)
            aside = np.array([(1, 0, (0.5 - x) * ASIDE * radius), (0, 1, (0.5 - y) * ASIDE * radius), (0, 0, 1)])
            self._plates.label(str(number + 1), height, pixels @ aside @ upright)


def smallest(placement: Placement, picture: tuple[int, int], window: tuple[int, int]) -> tuple[float, float]:
    """How small the picture, of (width, height), is shown where it is smallest: pixels of the window for one of its
    own; and how many times larger it is there the other way."""
    view, within, matrix = placement.view, placement.within, placement.matrix
    scale = [(within[2 + i] - within[i]) / ((view[2 + i] - view[i]) * picture[i]) for i in (0, 1)]
    found = []
    for corner in ((0, 0), (1, 0), (1, 1), (0, 1)):
        x, y, w = matrix @ (*corner, 1)
        across, down = (
            scale[i]
            * hypot(
                (matrix[0, i] - matrix[2, i] * x / w) / w * window[0],
                (matrix[1, i] - matrix[2, i] * y / w) / w * window[1],
            )
            for i in (0, 1)
        )
        found.append((min(across, down), max(across, down)))
    small, large = min(found)
    return small, large / small


def _cells(shape: float) -> tuple[float, float]:
    """How many cells of the grid go across and down: as square as they can be."""
    across, down = (CELLS, CELLS / shape) if shape > 1 else (CELLS * shape, CELLS)
    return float(max(1, round(across))), float(max(1, round(down)))


def _way(matrix: np.ndarray, window: tuple[int, int]) -> np.ndarray:
    """(3, 3): turned and mirrored as the middle of the stage is, by whole quarters."""
    x, y, w = matrix @ (0.5, 0.5, 1)
    turn = [[(matrix[i, j] - matrix[2, j] * (x, y)[i] / w) * window[i] for j in (0, 1)] for i in (0, 1)]
    a, b = (turn[0][0], turn[1][0])
    right = (np.sign(a), 0.0) if abs(a) > abs(b) else (0.0, np.sign(b))
    down = (-right[1], right[0]) if np.linalg.det(np.array(turn)) > 0 else (right[1], -right[0])
    return np.array([(right[0], down[0], 0), (right[1], down[1], 0), (0, 0, 1)])
