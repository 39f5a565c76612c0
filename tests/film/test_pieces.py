"""The folder of pieces: what counts as finished, and whose it is."""

import errno
import os
from fractions import Fraction

import numpy as np
import pytest
from film_pieces import TICK, VARIABLE, write_pieces
from media import decoded, times
from moving import Moving
from small_disk import small_disk

from kaleidocam.errors import UserError
from kaleidocam.film import pieces
from kaleidocam.film.pieces import Pieces
from kaleidocam.film.plan import Piece
from kaleidocam.sinks import piece as piece_file
from kaleidocam.sinks.codecs import CODECS
from kaleidocam.sinks.join import join

PIECE = Piece(3, 10, 22)
MEMORY = {"layer": np.ones((4, 4, 3), np.float32)}


@pytest.fixture
def kept(tmp_path):
    return Pieces(tmp_path, CODECS["h264"].piece_suffix)


def written(kept, frames=12):
    aside = kept.aside(PIECE)
    source = Moving(frames)
    with piece_file.PieceFile(
        aside, CODECS["h264"], size=source.size, fps=25, tick=Fraction(1, 12800), crf=None
    ) as sink:
        while (frame := source.read()) is not None:
            sink.write(frame)
    return aside


def test_a_piece_counts_once_its_entry_is_there(kept):
    aside = written(kept)
    assert not kept.finished(PIECE)
    kept.keep(PIECE, aside, MEMORY)
    assert kept.finished(PIECE, thorough=True) and not aside.exists()
    np.testing.assert_array_equal(kept.state(PIECE)["layer"], MEMORY["layer"])
    kept.drop(PIECE)
    assert not kept.finished(PIECE) and os.listdir(kept.folder) == []


def test_a_piece_that_lacks_frames_is_refused(kept):
    with pytest.raises(UserError, match="has 11 frames where 12 were written"):
        kept.keep(PIECE, written(kept, 11), MEMORY)
    assert not kept.finished(PIECE)


def damage(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def test_damage_is_found_by_a_thorough_look(kept):
    kept.keep(PIECE, written(kept), MEMORY)
    damage(kept.path(PIECE))
    assert kept.finished(PIECE) and not kept.finished(PIECE, thorough=True)


def test_a_state_that_is_damaged_forgotten_or_was_never_there_is_none(kept):
    kept.keep(PIECE, written(kept), MEMORY)
    damage(kept.path(PIECE).with_suffix(".npz"))
    assert kept.state(PIECE) is None and kept.finished(PIECE, thorough=True)
    kept.keep(PIECE, written(kept), MEMORY)
    assert kept.state(PIECE) is not None
    for _ in range(2):  # nothing is left to forget the second time
        kept.forget(PIECE)
        assert kept.state(PIECE) is None and kept.finished(PIECE, thorough=True)
    kept.drop(PIECE)
    kept.keep(PIECE, written(kept), None)
    assert kept.state(PIECE) is None and kept.finished(PIECE, thorough=True)


@pytest.mark.parametrize("what", [b"", b"[]", b"{}", b'{"frames": 12, "bytes": "x"}'])
def test_a_broken_entry_is_none(kept, what):
    kept.keep(PIECE, written(kept), MEMORY)
    kept.path(PIECE).with_suffix(".json").write_bytes(what)
    assert not kept.finished(PIECE)


@pytest.mark.parametrize("failing", ["fsync", "replace"])
def test_a_disk_that_fails_at_any_step_leaves_no_entry_of_what_is_not_whole(kept, monkeypatch, failing):
    """Every call in turn, until none fails."""
    real, allowed = getattr(os, failing), 0
    while not kept.finished(PIECE):
        calls = iter(range(allowed))

        def full(*given):
            if next(calls, None) is None:
                raise OSError(28, "No space left on device")
            return real(*given)

        with monkeypatch.context() as patched:
            aside = written(kept)
            patched.setattr(os, failing, full)
            try:
                kept.keep(PIECE, aside, MEMORY)
            except OSError:
                assert not kept.finished(PIECE) or kept.finished(PIECE, thorough=True)
        allowed += 1
    assert allowed >= 2 and kept.finished(PIECE, thorough=True)


@pytest.mark.slow
@pytest.mark.parametrize("memory", [MEMORY, {}, None])
def test_out_of_space_at_every_byte_leaves_no_entry_of_what_is_not_whole(kept, memory):
    """Of the memory, then of the entry: each longer than the other once, or alone; the film then goes on."""
    failed = 0
    for size in range(0, 4096, 7):
        aside = written(kept)
        with small_disk(size):
            try:
                kept.keep(PIECE, aside, memory)
                break
            except OSError as error:
                assert error.errno == errno.EFBIG
        assert not kept.finished(PIECE) and not [path for path in kept.folder.iterdir() if path.suffix == ".new"]
        aside.unlink(missing_ok=True)
        failed += 1
    assert failed > 20 and kept.finished(PIECE, thorough=True)
    assert (kept.state(PIECE) is None) == (memory is None)


def test_a_film_can_not_be_begun_on_a_full_disk(tmp_path):
    for size in (0, 10, 30):
        with small_disk(size), pytest.raises(UserError, match="can't be written: .*File too large"):
            pieces.note(tmp_path, {"strength": 1.0}, {"scan": "[]"})
        assert os.listdir(tmp_path) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows syncs folders by itself")
def test_the_folder_itself_outlasts_a_power_cut(tmp_path, monkeypatch):
    """Its name lies in the folder above, which must be on the disk before any piece counts as kept."""
    synced, fsync = [], os.fsync
    monkeypatch.setattr(os, "fsync", lambda handle: (synced.append(os.fstat(handle).st_ino), fsync(handle))[1])
    folder = tmp_path / "film.mp4.pieces"
    with pieces.alone(folder):
        assert tmp_path.stat().st_ino in synced


@pytest.mark.slow
@pytest.mark.parametrize("name", ["h264", "h265", "av1", "vp9", "prores", "ffv1"])
def test_pieces_of_one_frame_each_join_to_the_whole_film(tmp_path, name):
    """As a very heavy look makes them: every frame, as it was encoded, at its own time."""
    codec = CODECS[name]
    paths = write_pieces(tmp_path, codec, ticks=VARIABLE[:30], count=30)
    out = tmp_path / f"film{codec.suffixes[0]}"
    assert join(paths, out, codec=codec, crf=None, fps=25, tick=TICK) == []
    assert decoded(out) == decoded(*paths) and len(set(decoded(out))) > 20
    assert times(out) == pytest.approx([float(tick * TICK) for tick in VARIABLE[:30]], abs=0.0011)


def test_a_film_goes_on_only_with_the_same_settings(tmp_path):
    settings, found = {"strength": 1.0, "input": {"bytes": 3}, "guides": {"/a/matte.mov": {"bytes": 4}}}, {"scan": "[]"}
    assert not pieces.is_begun(tmp_path) and pieces.begin(tmp_path, settings, anew=False) is None
    pieces.note(tmp_path, settings, found)
    (tmp_path / "000000.abc.part.nut").write_bytes(b"half a piece")
    (tmp_path / ".000001.npz.new").write_bytes(b"half a memory")
    assert pieces.is_begun(tmp_path) and pieces.begin(tmp_path, settings, anew=True) == found
    assert os.listdir(tmp_path) == ["plan.json"]
    with pytest.raises(UserError, match=r"unfinished film with strength 1.0 \(now 2.0\); .*-y to delete it"):
        pieces.begin(tmp_path, settings | {"strength": 2.0}, anew=False)
    with pytest.raises(UserError, match="unfinished film with other input; give the same again"):
        pieces.begin(tmp_path, settings | {"input": {"bytes": 4}}, anew=False)
    for guides, said in (
        ({"/a/matte.mov": {"bytes": 5}}, r"film with '/a/matte\.mov' as it was before it changed; give the same again"),
        ({}, "film with other guides, palettes or masks; give the same again"),
    ):
        with pytest.raises(UserError, match=said):
            pieces.begin(tmp_path, settings | {"guides": guides}, anew=False)
    assert pieces.begin(tmp_path, settings | {"strength": 2.0}, anew=True) is None
    pieces.note(tmp_path, settings | {"strength": 2.0}, found)
    assert pieces.begin(tmp_path, settings | {"strength": 2.0}, anew=False) == found


def test_a_half_piece_that_vanishes_by_itself_is_no_obstacle(tmp_path, monkeypatch):
    """As where a virus scanner or a person clears it away between the look and the deletion."""
    pieces.note(tmp_path, {}, {"scan": "[]"})
    monkeypatch.setattr(type(tmp_path), "iterdir", lambda folder: iter([folder / "000000.abc.part.nut"]))
    assert pieces.begin(tmp_path, {}, anew=False) == {"scan": "[]"}


def test_what_a_film_killed_while_it_cleared_up_left_is_no_obstacle(tmp_path):
    folder = tmp_path / "film.mp4.pieces"
    with pieces.alone(folder):
        for name in ("000000.nut", "000000.json", "000001.abc.part.nut"):
            (folder / name).write_bytes(b"left")
        assert pieces.begin(folder, {}, anew=False) is None
        pieces.note(folder, {}, {})
        pieces.end(folder)
    assert not folder.exists()


def test_a_new_film_begins_in_an_empty_folder(tmp_path):
    """But for the lock, which this process holds."""
    with pieces.alone(tmp_path):
        pieces.note(tmp_path, {"strength": 1.0}, {})
        for name in ("000000.nut", "000000.json", "000000.npz"):
            (tmp_path / name).write_bytes(b"of the earlier film")
        pieces.note(tmp_path, {"strength": 2.0}, {})
        assert sorted(os.listdir(tmp_path)) == ["lock", "plan.json"]


def test_a_folder_that_can_not_be_deleted_does_not_spoil_the_film(tmp_path, monkeypatch):
    """As on Windows, while a player has a piece open. What is there is no begun film any more."""
    folder = tmp_path / "film.mp4.pieces"

    def refuse(*given, **more):
        raise PermissionError(13, "used by another process")

    with pieces.alone(folder):
        pieces.note(folder, {}, {})
        with monkeypatch.context() as patched:
            patched.setattr(os, "rmdir", refuse)
            pieces.end(folder)
            pieces.end(folder)  # and once more, as nobody knows how far the first went
        assert not pieces.is_begun(folder)
        monkeypatch.setattr(os, "rmdir", refuse)
    assert folder.is_dir() and os.listdir(folder) == []


def test_a_piece_that_can_not_be_read_has_no_frames_at_all(kept):
    aside = written(kept)
    assert pieces.count_frames(aside) == 12
    aside.write_bytes(b"no film")
    assert pieces.count_frames(aside) == pieces.count_frames(kept.folder / "gone.nut") == -1
    with pytest.raises(UserError, match="where 12 were written; the disk of .* fails"):
        kept.keep(PIECE, aside, MEMORY)
    assert not kept.finished(PIECE)


def test_a_folder_of_other_things_is_left_alone(tmp_path):
    (tmp_path / "holiday.jpg").write_bytes(b"dear")
    with pytest.raises(UserError, match="holds other files"):
        pieces.begin(tmp_path, {}, anew=True)
    assert (tmp_path / "holiday.jpg").read_bytes() == b"dear"


def test_two_can_not_render_the_same_film(tmp_path):
    folder = tmp_path / "out.mp4.pieces"
    with pieces.alone(folder):
        with pytest.raises(UserError, match="another kaleidocam is rendering"), pieces.alone(folder):
            pass
        assert folder.is_dir()
    assert not folder.exists()
    with pytest.raises(UserError, match="can't be made"), pieces.alone(tmp_path / "no" / "folder"):
        pass


def test_a_folder_for_the_longest_name_that_a_disk_allows(tmp_path):
    films = [f"{'ä' * 125}{end}.mp4" for end in "ab"]
    folders = [pieces.folder_of(str(tmp_path / film)) for film in films]
    assert folders[0] != folders[1]
    for folder in folders:
        folder.mkdir()
        assert folder.name.endswith(".pieces") and folder.name.startswith("ä" * 100)


@pytest.mark.parametrize(
    "out, folder",
    [
        ("a/film.mp4", "a/film.mp4.pieces"),
        ("film.webm", "film.webm.pieces"),
        ("a/shots/%05d.png", "a/shots.pieces"),
        ("a/shots/", "a/shots.pieces"),
        ("%05d.png", "%05d.png.pieces"),
        ("a/100%.mp4", "a/100%.mp4.pieces"),
        ("a/50%d.mp4", "a/50%d.mp4.pieces"),
        ("a/50% f-%05d.png", "a.pieces"),
    ],
)
def test_where_pieces_wait(out, folder):
    assert pieces.folder_of(out).as_posix() == folder
