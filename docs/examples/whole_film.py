"""A film as `kaleidocam film` makes it, and how far it is."""

import kaleidocam


def tell(done: int, total: int) -> None:
    print(f"\r{done} of {total} frames", end="", flush=True)


kaleidocam.film("walk.mp4", "dream.mp4", look="lattice", end=5, palette="scene", overwrite=True, progress=tell)
print()
