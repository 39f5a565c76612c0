"""THE list of commands that every surface of a performance has.

Invariant: each is carried out by one of two: the stage, before the next frame, or the desk itself, at once.
"""

SNAPSHOTS = tuple("12345678")
SIDES = ("a", "b")  # of the crossfader
SLOTS = (*SNAPSHOTS, *SIDES)  # where a look can be kept
CALLED = {slot: f"snapshot {slot}" for slot in SNAPSHOTS} | {side: f"look {side.upper()}" for side in SIDES}
STORE, RECALL = "store-", "recall-"  # before a slot
PRESET, LAYER = "preset:", "layer:"  # before a preset's name: to play it, or to lay it over; without a name, no layer

TEMPO = {  # name: what it does
    "tap": "tap the tempo: at least two taps in time",
    "resync": "this is the one: a bar begins now",
    "nudge-earlier": "the beat comes 10 ms earlier",
    "nudge-later": "the beat comes 10 ms later",
    "half-tempo": "half the tempo",
    "double-tempo": "twice the tempo",
}
STAGE = {
    "bypass": "the clean picture at once, and back",
    "pause": "hold the picture, and go on",
    "screenshot": "save the picture as PNG",
    "figures": "figures in the window: off, short, full",
    "help": "the keys in the window, and off again",
    **TEMPO,
    "record": "record the performance, and end that",
    "forget": "forget what --attract remembers",
    "quit": "end the performance",
}
SWITCHED = ("bypass", "pause", "record")  # of them, those that are on or off; asking for one turns it over
ON = {True: "-on", False: "-off"}  # behind one of these, where it is not to be turned over
LOOKS = {
    "undo": "take back the last change of the look, or what waits for the beat",
    "redo": "do again what was taken back",
    "surprise": "another look of the same kind; locked parameters stay",
    **{f"{STORE}{slot}": f"keep the look as snapshot {slot}" for slot in SNAPSHOTS},
    **{f"{RECALL}{slot}": f"play snapshot {slot}" for slot in SNAPSHOTS},
    **{f"{STORE}{side}": f"keep the look as {side.upper()}, with the crossfader there" for side in SIDES},
    **{f"{RECALL}{side}": f"play {side.upper()}, with the crossfader there" for side in SIDES},
}
COMMANDS = STAGE | LOOKS
