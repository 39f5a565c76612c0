"""What may be asked for from a page: what was allowed, and nothing else of this machine."""

import os
import time

import cv2
import numpy as np
import pytest

from kaleidocam.errors import UserError
from kaleidocam.live.repertoire import Repertoire
from kaleidocam.sharing.search import Lookout

CAMERAS = [(0, "HD Webcam"), (2, "Capture Card"), (3, "Twin"), (5, "Twin")]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    """A folder with clips, another with more, and what lies outside them."""
    monkeypatch.chdir(tmp_path)
    for folder in ("clips", "more", "clips/deeper", "secret"):
        os.mkdir(folder)
    for path in ("clips/walk.mp4", "clips/b.MOV", "clips/.hidden.mp4", "clips/deeper/in.mp4", "more/x.webm"):
        open(path, "wb").close()
    for path in ("clips/notes.txt", "secret/s.mp4"):
        with open(path, "w") as file:
            file.write("hello")
    cv2.imwrite("clips/photo.png", np.zeros((4, 4, 3), np.uint8))
    os.rename("clips/photo.png", "clips/photo without suffix")
    os.mkfifo("clips/pipe.mp4") if hasattr(os, "mkfifo") else None
    return tmp_path


def names(repertoire):
    return [offer["name"] for offer in repertoire.listed()]


def test_cameras_by_name_files_of_the_folders_and_the_aisle(stage):
    found = Repertoire("clips/walk.mp4", ["more"], lambda: CAMERAS).listed()
    assert [(offer["name"], offer["label"], offer["kind"]) for offer in found] == [
        ("HD Webcam", "HD Webcam", "camera"),
        ("Capture Card", "Capture Card", "camera"),
        ("3", "Twin", "camera"),
        ("5", "Twin", "camera"),
        ("clips/b.MOV", "b.MOV", "file"),
        ("clips/photo without suffix", "photo without suffix", "file"),
        ("clips/walk.mp4", "walk.mp4", "file"),
        ("more/x.webm", "x.webm", "file"),
        ("aisle", "the drawn aisle", "drawing"),
    ]


def test_what_is_listed_can_be_found_and_is_what_from_would_take(stage):
    repertoire = Repertoire("clips/walk.mp4", ["more"], lambda: CAMERAS)
    texts = {name: repertoire.find(name) for name in names(repertoire)}
    assert texts["HD Webcam"] == "0" and texts["3"] == "3" and texts["aisle"] == "aisle"
    assert all(os.path.isfile(text) for text in texts.values() if "/" in text)
    assert (
        repertoire.find("x.webm") == "more/x.webm" and repertoire.find("capture") == "2" and repertoire.find("5") == "5"
    )


@pytest.mark.parametrize(
    "name",
    [
        "",
        "secret/s.mp4",
        "clips/../secret/s.mp4",
        "more/../clips/walk.mp4",
        "clips/deeper/in.mp4",
        "clips/.hidden.mp4",
        "clips/notes.txt",
        "clips",
        "clips/*.mp4",
        "clips/%d.mp4",
        "/etc/passwd",
        "http://127.0.0.1:9/x.mjpg",
        "-",
        "9",
        "clips/link.mp4",
        "linked/s.mp4",
        "clips/pipe.mp4",
        "no\nline",
        "\ud800",
    ],
)
def test_nothing_else_is_reachable(stage, name):
    os.symlink("../secret/s.mp4", "clips/link.mp4")
    os.symlink("secret", "linked")
    repertoire = Repertoire("clips/walk.mp4", ["more"], lambda: CAMERAS)
    with pytest.raises(UserError, match="no source ") as refused:
        repertoire.find(name)
    assert "\n" not in str(refused.value) and name not in names(repertoire)


def test_a_link_within_its_folder_and_a_folder_that_is_a_link_are_no_way_out(stage):
    os.symlink("walk.mp4", "clips/again.mp4")
    os.symlink("clips", "stage")
    assert "clips/again.mp4" in names(Repertoire("aisle", ["clips"], list))
    assert "stage/walk.mp4" in names(Repertoire("aisle", ["stage"], list))


def test_a_file_alone_brings_its_folder_and_other_sources_bring_none(stage):
    os.chdir("clips")
    assert "./b.MOV" in names(Repertoire("walk.mp4", cameras=list))
    for began in ("aisle", "0", "http://127.0.0.1:9/x.mjpg", "-"):
        assert [name for name in names(Repertoire(began, cameras=list)) if "MOV" in name] == []


def test_an_address_is_shown_without_its_secret_and_can_be_played_again(stage):
    address = "http://me:secret@127.0.0.1:9/x.mjpg?token=t"
    repertoire = Repertoire(address, cameras=list)
    assert "secret" not in str(repertoire.listed()) and "token=t" not in repertoire.name_of(address)
    assert repertoire.find(repertoire.name_of(address)) == address


def test_the_camera_that_plays_has_its_name_once_they_are_listed(stage):
    repertoire = Repertoire("0", cameras=lambda: CAMERAS)
    repertoire.listed()
    assert repertoire.name_of("0") == "HD Webcam" and names(repertoire).count("HD Webcam") == 1


def test_cameras_that_can_not_be_listed_cost_nothing_else(stage):
    def fail():
        raise OSError("no bus")

    assert names(Repertoire("clips/walk.mp4", cameras=fail))[-1] == "aisle"


@pytest.mark.parametrize("folder", ["nowhere", "clips/walk.mp4", ""])
def test_a_folder_that_is_none_is_told_at_once(stage, folder):
    with pytest.raises(UserError, match=f"--media '{folder}' can't be read"):
        Repertoire("aisle", [folder])


def test_a_folder_that_is_gone_later_has_no_files(stage):
    repertoire = Repertoire("aisle", ["secret"], list)
    assert names(repertoire) == ["secret/s.mp4", "aisle"]
    os.remove("secret/s.mp4")
    os.rmdir("secret")
    assert names(repertoire) == ["aisle"]


SENT = ["ndi:PC (camera)", "ndi:PC (other)", "syphon:Resolume (Arena)"]


def test_what_other_programs_share_is_listed_once_it_was_found_and_can_be_played(stage, monkeypatch):
    monkeypatch.setattr("kaleidocam.sharing.base.System.check", lambda system: None)
    lookout = Lookout(lambda: SENT)
    repertoire = Repertoire("clips/walk.mp4", [], list, lookout)
    before = repertoire.listed()  # it begins to look
    ends = time.monotonic() + 5
    while not repertoire.changes and time.monotonic() < ends:
        time.sleep(0.01)
    shared = [offer for offer in repertoire.listed() if offer["kind"] == "shared"]
    assert [(offer["name"], offer["label"]) for offer in shared] == [
        ("ndi:PC (camera)", "PC (camera) (NDI)"),
        ("ndi:PC (other)", "PC (other) (NDI)"),
        ("syphon:Resolume (Arena)", "Resolume (Arena) (Syphon)"),
    ]
    assert not any(offer["kind"] == "shared" for offer in before)
    assert repertoire.find("ndi:PC (camera)") == "ndi:PC (camera)" and repertoire.find("syphon") == SENT[2]
    assert repertoire.find("ndi:cam") == "ndi:PC (camera)" and repertoire.name_of("ndi:cam") == "ndi:PC (camera)"
    for name in ("ndi:nobody", "ndi", "spout:x"):
        with pytest.raises(UserError):
            repertoire.find(name)


def test_the_sender_that_it_began_with_is_listed_once(stage):
    lookout = Lookout(lambda: SENT)
    repertoire = Repertoire("ndi:cam", [], list, lookout)
    assert [offer["label"] for offer in repertoire.listed() if offer["kind"] == "shared"] == ["cam (NDI)"]
    lookout.look()
    assert [offer["name"] for offer in repertoire.listed() if offer["kind"] == "shared"] == SENT
    assert repertoire.find("ndi:cam") == "ndi:cam"


def test_a_sender_is_looked_for_when_it_is_asked_for(stage, monkeypatch):
    monkeypatch.setattr("kaleidocam.sharing.base.System.check", lambda system: None)
    repertoire = Repertoire("aisle", [], list, Lookout(lambda: SENT))
    assert repertoire.find("ndi:other") == "ndi:PC (other)"


def test_a_phone_is_offered_where_there_is_a_page_and_its_extra(stage, monkeypatch):
    offered = Repertoire("aisle", cameras=lambda: CAMERAS, phone=True)
    assert "phone" in names(offered) and offered.find("phone") == "phone" and offered.name_of("phone") == "phone"
    began = Repertoire("phone", cameras=list, phone=True)
    assert names(began).count("phone") == 1 and began.find("phone") == "phone"
    without = Repertoire("aisle", cameras=list)
    assert "phone" not in names(without)
    monkeypatch.setattr("kaleidocam.sources.phone.NEEDED", "no_such_module")
    assert "phone" not in names(Repertoire("aisle", cameras=list, phone=True))
    with pytest.raises(UserError, match="no source 'phone'"):
        without.find("phone")
