"""What a film would be made of, told before it is made."""

import json

import pytest
from media import ffmpeg
from PIL import Image
from proof.flashes import flashing
from web_server import serving

H264 = ["-c:v", "libx264", "-preset", "ultrafast"]


@pytest.fixture
def walk(tmp_path):
    """A recording whose clock stands at an hour, with a timecode, subtitles, chapters and a title."""
    (tmp_path / "s.srt").write_text("1\n00:00:00,200 --> 00:00:00,400\nTomatoes\n")
    (tmp_path / "tags").write_text(
        ";FFMETADATA1\ntitle=Walk\n[CHAPTER]\nTIMEBASE=1/1\nSTART=3600\nEND=3601\ntitle=One\n"
    )
    more = ["-i", tmp_path / "s.srt", "-i", tmp_path / "tags", "-map", "0", "-map", "1", "-map", "2"]
    more += ["-map_metadata", "3", "-map_chapters", "3", "-metadata", "timecode=10:00:00:00"]
    how = [*H264, "-c:a", "flac", "-c:s", "srt", "-output_ts_offset", "3600"]
    ffmpeg(*flashing(1, 0.4), *more, *how, tmp_path / "walk.mkv")
    return tmp_path / "walk.mkv"


def test_each_part_of_the_file_is_told(said, walk, tmp_path):
    code, out, told = said("film", walk, tmp_path / "film.mp4", "--dry-run", "--from", "0.4")
    assert code == 0 and not told and sorted(path.name for path in tmp_path.iterdir()) == ["s.srt", "tags", "walk.mkv"]
    lines = [(line[:11].strip(" :"), line[12:]) for line in out.splitlines()]
    assert ("reads", "160x96, 25 frames a second, 25 frames") in lines
    assert ("changes", "its clock stands at 3600 s where it begins: the film begins at 0") in lines
    kept = [line for title, line in lines if title == "keeps"]
    assert kept == ["track 1, audio (flac)", "tags title", "1 chapter", "timecode 10:00:00:10"]
    (lost,) = [line for title, line in lines if title == "leaves out"]
    assert lost.startswith("track 2, subtitles (subrip), doesn't fit into") and lost.endswith(".mkv takes it")
    assert lines[-1] == ("writes", f"h264, crf 18, in '{tmp_path / 'film.mp4'}'")


def test_it_is_told_to_programs_too(said, walk, tmp_path):
    code, out, _ = said("film", walk, tmp_path / "film.gif", "--dry-run", "--json")
    event = json.loads(out)
    assert code == 0 and event["event"] == "dry-run" and event["keeps"] == []
    assert event["leaves_out"] == [
        f"'{tmp_path / 'film.gif'}' has no sound, subtitles, chapters or timecode: gif can't hold any"
    ]


def test_what_keeps_a_film_from_being_begun_is_an_error(said, walk, tmp_path):
    code, out, told = said("film", walk, tmp_path / "film.mp4", "--dry-run", "--stream", "v:3")
    assert code == 2 and not out and "no video track 'v:3'" in told


@pytest.mark.parametrize(
    ("score", "why"),
    [
        ('[[change]]\nat = 0.1\nlayer = "fethers"', "no preset 'fethers'"),
        ('[[change]]\nat = 0.1\nmask = "moton"', "score.toml': no mask 'moton'"),
        ('[[change]]\nat = 0.1\nlayer_channel = "mixed9:3"', "score.toml': mixed9 can't be dreamed"),
        ("[[change]]\nat = 0.1\ntrigger_come = -1", "trigger_come is '-1'"),
        ('[[change]]\nat = "shot 9"\nrate = 1', "the film has"),
    ],
)
def test_a_score_that_the_film_would_refuse_is_an_error(said, walk, tmp_path, score, why):
    (tmp_path / "score.toml").write_text(score)
    code, out, told = said("film", walk, tmp_path / "film.mp4", "--dry-run", "--score", tmp_path / "score.toml")
    assert code == 2 and not out and why in told


def test_a_file_that_is_two_masks_is_told_once(said, walk, tmp_path):
    Image.new("L", (160, 96), 255).save(tmp_path / "m.png")
    masks = ["--mask", tmp_path / "m.png", "--layer", "neon", "--layer-mask", f"depth {tmp_path / 'm.png'} 0.5"]
    code, out, _ = said("film", walk, tmp_path / "film.mkv", "--dry-run", *masks)
    assert code == 0 and out.count("the mask '") == 1


def test_a_film_that_exists_is_told_and_stays(said, walk, tmp_path):
    (tmp_path / "film.mkv").write_bytes(b"an earlier film")
    code, out, _ = said("film", walk, tmp_path / "film.mkv", "--dry-run")
    assert code == 0 and out.splitlines()[-1].endswith(", which exists")
    assert (tmp_path / "film.mkv").read_bytes() == b"an earlier film"


def test_a_drawing_has_nothing_to_keep(said, tmp_path):
    code, out, _ = said("film", "aisle", tmp_path / "film.mp4", "--dry-run", "--size", "160x96")
    assert code == 0 and [line.split(":")[0] for line in out.splitlines()] == ["reads", "writes"]


def test_an_animation_has_pictures_alone(said, tmp_path):
    first, *others = (Image.new("RGB", (128, 128), color) for color in ("red", "blue", "green"))
    first.save(tmp_path / "moving.webp", save_all=True, append_images=others, duration=200)
    code, out, _ = said("film", tmp_path / "moving.webp", tmp_path / "film.mp4", "--dry-run")
    assert code == 0 and [line.split(":")[0] for line in out.splitlines()] == ["reads", "writes"]


def test_a_pipe_is_not_used_up(said, tmp_path):
    code, out, told = said("film", "-", tmp_path / "film.mp4", "--dry-run")
    assert code == 2 and not out and "'-' is a pipe, which --dry-run would read to its end; give a file" in told


def test_an_address_is_told_without_its_secrets(said, walk, tmp_path):
    with serving(tmp_path) as address:
        given = f"{address.replace('//', '//me:secret@')}/walk.mkv?token=hidden"
        for how in ([], ["--json"]):
            code, out, told = said("film", given, tmp_path / "film.mkv", "--dry-run", *how)
            assert code == 0 and "walk.mkv" in out and "secret" not in out + told and "hidden" not in out + told


def test_a_pause_is_not_counted_twice(said, tmp_path):
    """A picture that is decoded long before it is shown has that time as its duration, in MP4."""
    pause = "setpts='if(gte(N,10),PTS+60/TB,PTS)'"
    how = ["-fps_mode", "vfr", *H264[:2], "-bf", "2", "-x264opts", "b-adapt=0", tmp_path / "pause.mp4"]
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=1", "-vf", pause, *how)
    code, out, _ = said("film", tmp_path / "pause.mp4", tmp_path / "film.mp4", "--dry-run")
    assert code == 0 and "1:01.0 of " in out
