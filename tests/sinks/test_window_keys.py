"""What was typed, whatever the keyboard's layout."""

import glfw
import pytest

from kaleidocam.sinks.base import Held
from kaleidocam.sinks.window_keys import Typed


def press(typed, key, text="", action=glfw.PRESS, mods=0):
    typed.on_key(None, key, 0, action, mods)
    for letter in text:
        typed.on_text(None, ord(letter))


def test_text_counts_and_not_the_place_of_the_key():
    typed = Typed()
    press(typed, glfw.KEY_7, "{", mods=glfw.MOD_ALT)  # a German keyboard, by AltGr
    press(typed, glfw.KEY_0, "}")
    press(typed, glfw.KEY_M, "?", mods=glfw.MOD_SHIFT)  # a French one
    press(typed, glfw.KEY_LEFT_BRACKET, "ü")  # a letter that is no key of the show is none
    press(typed, glfw.KEY_SEMICOLON, "ñ")
    press(typed, glfw.KEY_LEFT_SHIFT)
    press(typed, glfw.KEY_ESCAPE)
    press(typed, glfw.KEY_BACKSPACE)
    assert typed.taken() == ["{", "}", "?", "esc", "backspace"]
    assert typed.taken() == []


@pytest.mark.parametrize(("key", "text"), [("F", "а"), ("F", "φ"), ("B", "ㅠ"), ("[", "х")])
def test_a_keyboard_without_latin_letters_has_the_keys_where_others_have_them(key, text):
    typed = Typed()
    press(typed, ord(key), text)
    assert typed.taken() == [key.lower()]


def test_keys_without_a_text_have_names(monkeypatch):
    """Ctrl with a letter counts by the layout; with Alt it is AltGr, whose text comes by itself."""
    names = {glfw.KEY_Z: "y", glfw.KEY_Y: "z", glfw.KEY_LEFT_CONTROL: None}  # a German keyboard
    monkeypatch.setattr(glfw, "get_key_name", lambda key, scancode: names[key])
    typed = Typed()
    press(typed, glfw.KEY_LEFT_CONTROL, mods=glfw.MOD_CONTROL)
    press(typed, glfw.KEY_Y, mods=glfw.MOD_CONTROL)
    press(typed, glfw.KEY_Y, mods=glfw.MOD_CONTROL | glfw.MOD_SHIFT)
    press(typed, glfw.KEY_Z, mods=glfw.MOD_SUPER)
    press(typed, glfw.KEY_Z, "@", mods=glfw.MOD_CONTROL | glfw.MOD_ALT)
    press(typed, glfw.KEY_F1)
    press(typed, glfw.KEY_F8, mods=glfw.MOD_SHIFT)
    press(typed, glfw.KEY_LEFT)
    press(typed, glfw.KEY_TAB, mods=glfw.MOD_SHIFT)
    assert typed.taken() == ["ctrl+z", "ctrl+shift+z", "ctrl+y", "@", "f1", "shift+f8", "left", "shift+tab"]


def test_caps_lock_changes_no_key():
    typed = Typed()
    press(typed, glfw.KEY_F, "F", mods=glfw.MOD_CAPS_LOCK)
    press(typed, glfw.KEY_F, "F", mods=glfw.MOD_SHIFT)
    assert typed.taken() == ["f", "F"]


def test_what_comes_again_is_held_and_a_press_never_is():
    typed = Typed()
    press(typed, glfw.KEY_9, "9")
    press(typed, glfw.KEY_9, "9", glfw.REPEAT)
    press(typed, glfw.KEY_9, "", glfw.RELEASE)
    typed.on_text(None, ord("9"))  # by an input method: no key before it
    press(typed, glfw.KEY_BACKSPACE, "", glfw.REPEAT)
    assert [(key, isinstance(key, Held)) for key in typed.taken()] == [
        ("9", False),
        ("9", True),
        ("9", False),
        ("backspace", True),
    ]
