"""Surfaces that play the desk from outside: OSC, MIDI, tempo, sound, the panel. Each is optional."""
