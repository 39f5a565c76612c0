// This device's camera: asked for, sent to kaleidocam, and sent again by itself after the line was lost.

import { sure } from "./dialogs.js";
import { FPS, Sending } from "./sending.js";

export const PHONE = "phone"; // the source's name
const LOOK_MS = 1000; // between two looks at how it goes
const AGAIN_MS = 3000; // from one offer to the next, while no picture arrives there
const OPEN_MS = 20000; // for another source to give way to this one
const KEPT = "kaleidocam camera"; // in this tab's memory, so that it goes on after a reload
const WHY = {
  NotAllowedError: "This browser was not allowed to use the camera. Allow it for this page, in the settings beside the address.",
  NotFoundError: "This device has no camera.",
  NotReadableError: "Another program uses this device's camera; close it there.",
  OverconstrainedError: "This device has no such camera.",
};

export const NEEDS_HTTPS = "A browser gives its camera to https pages alone: start kaleidocam with --panel-https.";

export class PhoneCamera {
  constructor(panel, size) {
    this.panel = panel;
    this.size = size; // of the show
    this.device = kept("device") ?? keep("device", Array.from(crypto.getRandomValues(new Uint8Array(8)), hex).join(""));
    this.on = () => {}; // told what is so, to show it
    this.words = "";
    this.stream = this.line = null;
    this.turn = 0; // of those in which it was asked for: what comes after the next one began is not wanted
    this.report = {};
    this.offered = this.began = this.played = -Infinity;
    setInterval(() => this.look(), LOOK_MS);
    addEventListener("pagehide", () => this.stream && panel.say("hang-up", this.device));
    const facing = kept("facing");
    if (facing) this.start(facing);
  }

  async start(facing) {
    this.stop("", true);
    this.facing = facing;
    this.tell("Asking for the camera …");
    if (!(await this.open())) return;
    this.tell("Connecting …");
    keep("facing", facing);
    this.began = performance.now();
    if (this.report.source !== PHONE) this.panel.say("source", PHONE);
    this.offer();
  }

  // It is off, and stays so; `words`: why, for the person there.
  stop(words = "", again = false) {
    this.turn += 1;
    if (!again) forget("facing");
    if (this.line) this.panel.say("hang-up", this.device);
    this.hangUp();
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = null;
    this.wake?.release?.().catch(() => {});
    this.tell(words);
    if (words) this.panel.toast(words, true);
  }

  hear({ report, phone }) {
    if (report) this.report = report;
    if (report?.size) this.size = [report.size].flat().join("x").split("x").map(Number);
    if (!phone || !this.stream) return;
    if (phone.answer) this.line?.take(phone.answer);
    if (phone.taken) this.ask();
    if (phone.refused) this.tell(`${phone.refused}; trying again …`);
  }

  async ask() {
    if (this.asking) return;
    this.asking = true;
    const take = await sure("Another device's camera plays.", "Leave it", "Take over");
    this.asking = false;
    if (!this.stream) return;
    if (take) this.offer("take");
    else this.stop();
  }

  look() {
    if (!this.stream || this.asking) return;
    if (this.wake?.released) this.stayAwake();
    const now = performance.now(), { source, phone } = this.report;
    if (phone === this.device) {
      this.played = now;
      this.tell("This device's camera plays.");
      if (!this.works() && now - this.offered > AGAIN_MS) this.again();
      return;
    }
    if (phone && this.played > this.began) return this.stop("Another device's camera plays now; this one is off.");
    if (source !== PHONE && (this.played > this.began || now - this.began > OPEN_MS)) {
      return this.stop(this.played > this.began ? "Another source plays now; this device's camera is off."
        : "The show did not take this device's camera.");
    }
    this.tell("Connecting …");
    if (now - this.offered > AGAIN_MS) this.again();
  }

  works() {
    return this.line?.works() && this.stream.active;
  }

  async again() {
    if (document.hidden) return;
    this.offered = performance.now();
    if (this.stream.active || (await this.open(true))) this.offer();
  }

  // Whether there is a stream from the camera now. `again`: there was one; it may be had again a little later.
  async open(again = false) {
    if (!window.isSecureContext || !navigator.mediaDevices?.getUserMedia) {
      this.stop(NEEDS_HTTPS);
      return false;
    }
    const [width, height] = this.size;
    const video = { facingMode: { ideal: this.facing }, width: { ideal: width }, height: { ideal: height },
                    frameRate: { ideal: FPS, max: FPS } };
    const turn = this.turn;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: false, video });
      if (turn === this.turn) this.stream = stream;
      else for (const track of stream.getTracks()) track.stop();
    } catch (error) {
      const words = WHY[error.name] ?? `This device's camera can't be had: ${error.message || error.name}`;
      if (turn === this.turn && again && error.name !== "NotAllowedError") this.tell(words);
      else if (turn === this.turn) this.stop(words);
      return false;
    }
    if (turn !== this.turn) return false;
    this.stayAwake();
    return true;
  }

  async stayAwake() {
    if (!document.hidden) this.wake = await navigator.wakeLock?.request("screen").catch(() => null);
  }

  async offer(what = "offer") {
    this.hangUp();
    this.offered = performance.now();
    const line = (this.line = new Sending(this.stream, this.size));
    try {
      const sdp = await line.offer();
      if (line === this.line) this.panel.say(what, this.device, sdp);
    } catch (error) {
      this.tell(`This browser can't send its camera: ${error.message}`);
    }
  }

  hangUp() {
    this.line?.close();
    this.line = null;
  }

  tell(words) {
    this.words = words;
    this.on(Boolean(this.stream));
  }
}

const hex = (byte) => byte.toString(16).padStart(2, "0");

function kept(name) {
  try {
    return sessionStorage.getItem(`${KEPT} ${name}`);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function keep(name, value) {
  try {
    sessionStorage.setItem(`${KEPT} ${name}`, value);
  } catch {
    // as above
  }
  return value;
}

function forget(name) {
  try {
    sessionStorage.removeItem(`${KEPT} ${name}`);
  } catch {
    // as above
  }
}
