"""Graphs that hold too much are dropped, the longest unused first."""

import gc

from kaleidocam.dream.compute.backends.on_openvino_shelf import Shelf


class Owner:
    def __init__(self):
        self.dropped = []

    def drop(self, threads):
        self.dropped.append(threads)


def test_the_longest_unused_goes():
    shelf, one, other = Shelf(10), Owner(), Owner()
    shelf.used(one, 1, 4)
    shelf.used(one, 2, 4)
    shelf.used(one, 1, 4)
    shelf.used(other, 1, 4)
    assert (one.dropped, other.dropped, shelf.held) == ([2], [], 8)


def test_the_newest_stays_however_large():
    shelf, one = Shelf(10), Owner()
    shelf.used(one, 1, 4)
    shelf.used(one, 2, 40)
    assert one.dropped == [1] and shelf.held == 40


def test_what_is_gone_counts_no_more():
    shelf, one, other, third = Shelf(10), Owner(), Owner(), Owner()
    shelf.used(one, 1, 4)
    shelf.gone(one, 1)
    shelf.used(other, 1, 4)
    del other
    gc.collect()
    shelf.used(third, 1, 8)
    assert (one.dropped, third.dropped, shelf.held) == ([], [], 8)
