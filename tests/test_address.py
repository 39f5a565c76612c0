"""Nothing of a secret is shown, in whatever way it is written into an address."""

import pickle

import pytest

from kaleidocam.address import is_address, name_of, without_secrets, without_secrets_in
from kaleidocam.errors import UserError

SHOWN = {
    "http://10.0.0.5/video.mjpg": "http://10.0.0.5/video.mjpg",
    "rtsp://cam.local:554/h264/ch1": "rtsp://cam.local:554/h264/ch1",
    "http://user:geheim@cam.local:80/a/b.mp4": "http://cam.local:80/a/b.mp4",
    "HTTP://User:Geheim@cam.local/a": "HTTP://cam.local/a",
    "http://geheim@cam.local/a": "http://cam.local/a",
    "http://u:gehe%40im@cam.local/a": "http://cam.local/a",
    "http://u:geh@eim@cam.local/a": "http://cam.local/a",
    "http://u%3Ageheim%40cam.local/a": "http://…",
    "rtsp://u:geh/eim@cam.local/a": "rtsp://…",
    "rtsp://u:1234/geheim@cam.local/a": "rtsp://…",
    "rtsp://u:geh?eim@cam.local/a": "rtsp://…",
    "rtsp://u:geh#eim@cam.local/a": "rtsp://…",
    "rtsp://u:geh eim@cam.local/a": "rtsp://cam.local/a",
    "rtsp://u:geh'eim' @10.0.0.5/a": "rtsp://10.0.0.5/a",
    "http://u:geheim@[fe80::1%25eth0]:8080/a": "http://[fe80::1%25eth0]:8080/a",
    "http://[::1]/a?geheim": "http://[::1]/a?…",
    "http://cam.local?token=geheim": "http://cam.local?…",
    "http://cam.local/flv?port=1935&user=admin&password=geheim": "http://cam.local/flv?…",
    "http://cam.local/a?mail=u@geheim.de": "http://…",
    "http://10.0.0.5/a?mail=u@geheim.de": "http://10.0.0.5/…",
    "http://10.0.0.5/u:geheim@b/c": "http://10.0.0.5/…",
    "http://cam.local/a#access_token=geheim": "http://cam.local/a#…",
    "http://cam.local/a;jsessionid=geheim/b": "http://cam.local/…",
    "rtsp://cam.local:554/user=admin&password=geheim&channel=1.sdp?real": "rtsp://cam.local:554/…",
    "http://cam.local/a%3Ftoken%3Dgeheim": "http://cam.local/…",
    "http://cam.local/a%253Ftoken%253Dgeheim": "http://cam.local/…",
    "http://cam.local/my%20film.mp4": "http://cam.local/my%20film.mp4",
    "rtmp://cam.local/live/geheim": "rtmp://cam.local/live/…",
    "rtmp://cam.local/live live=1 pubUser=a pubPasswd=geheim": "rtmp://cam.local/…",
    "srt://cam.local:9000?passphrase=geheim&mode=caller": "srt://cam.local:9000?…",
    "rtsp://cam.local;x=@geheim": "rtsp://…",
    "rtsp://u:=geheim@cam.local/a": "rtsp://…",
    "rtsp://u:=geheim@10.0.0.5/a": "rtsp://10.0.0.5/a",
    "rtsp://10.0.0.5:/geheim#@cam.local/a": "rtsp://10.0.0.5:/…",
    "udp://@239.0.0.1:1234": "udp://239.0.0.1:1234",
    "file:///home/me/a.mp4": "file:///home/me/a.mp4",
    "cache:http://u:geheim@cam.local/a": "…://cam.local/a",
    "u:geheim@http://cam.local/a": "…://cam.local/a",
    "./http://u:geheim@cam.local/a": "…://cam.local/a",
    "http:/u:geheim@cam.local/a": "http:/cam.local/a",
    "http:///u:geheim@cam.local/a": "http://…",
    "http://u:geheim\n@cam.local/a": "http://cam.local/a",
    "http://cam.local:geheim/a": "http://…",
    "http://10.0.0.1/http://u:geheim@cam.local/a": "http://10.0.0.1/…",
}
PATHS = ["clip.mp4", "12:30@home.mp4", "a?b=c.mp4", "folder/u:p@x.mp4", "C:\\clips\\a.mp4", "C:/clips/a.mp4", "", "0"]


@pytest.mark.parametrize("address", SHOWN)
def test_an_address_is_shown_without_its_secrets(address):
    shown = without_secrets(address)
    assert shown == SHOWN[address]
    assert "geheim" not in shown.lower() and "eim" not in shown and "admin" not in shown
    assert without_secrets(shown) == shown


@pytest.mark.parametrize("path", PATHS)
def test_a_path_is_shown_as_it_is(path):
    assert without_secrets(path) == path and not is_address(path)


@pytest.mark.parametrize("address", SHOWN)
@pytest.mark.parametrize("around", ["no '{}'; give another", "no video from {}", "'{}'", "(see {}), or 'x'", "{}: no"])
def test_an_address_in_a_message_too(address, around):
    if " " in address.replace("\n", " ") and "'{}'" not in around:
        return  # nobody can see where it ends
    said = without_secrets_in(around.format(address))
    assert "eim" not in said and "admin" not in said
    if "\n" not in address and "' " not in address:
        assert said == around.format(SHOWN[address])


def test_a_message_without_an_address_stays(tmp_path):
    for text in ("no file '12:30@home.mp4'", f"'{tmp_path}' is a folder", "give a or b: c/d"):
        assert without_secrets_in(text) == text


@pytest.mark.parametrize("address", [address for address in SHOWN if " " not in address and "\n" not in address])
def test_no_error_of_ours_holds_a_secret_whoever_words_it(address):
    error = UserError(f"no video comes from {address}: refused")
    again = pickle.loads(pickle.dumps(error))
    assert str(error) == str(again) == f"no video comes from {SHOWN[address]}: refused"


def test_a_name_for_a_file_is_made_of_what_is_shown():
    assert name_of("http://u:geheim@cam.local/a/b.mp4?token=geheim") == "b.mp4"
    assert name_of("http://cam.local:80?token=geheim") == "cam.local-80"
    assert name_of("http://u:1/geheim@cam.local/a") == "stream"
    assert name_of("folder/clip.mp4") == "clip.mp4"
