"""For the tests: a film by any dreamer, in one look, through the film's one clock."""

from kaleidocam.film.pipeline import dream_each
from kaleidocam.picture.glass import Glass


def film(source, sinks, *, eye, dream, look, each=lambda frame: None):
    """Dreams `source` into all `sinks`; returns the number of frames."""

    def finish(dreamed):
        finished = Glass().show(dreamed.seen, dreamed.layer, dreamed.look)
        for sink in sinks:
            sink.write(finished)

    return dream_each(source.read, finish, eye=eye, dream=dream, look_at=lambda frame: look, each=each)
