// One line by which a camera is sent, by WebRTC. No server is asked for the way: it stays in this network.

export const FPS = 30;

const GATHER_MS = 2000; // for the addresses of this device
const BITS = 0.2; // of each pixel: 5.5 Mbit/s for 1280x720 at 30 pictures a second
const CODECS = ["video/H264", "video/VP8", "video/rtx"];
const OVER = ["failed", "closed"];

export class Sending {
  // `size`: of the show, [width, height]; it says how many bits are worth while.
  constructor(stream, size) {
    this.bits = Math.round(size[0] * size[1] * FPS * BITS);
    this.line = new RTCPeerConnection({ iceServers: [] });
    const [track] = stream.getVideoTracks();
    track.contentHint = "motion";
    const sending = this.line.addTransceiver(track, { direction: "sendonly", streams: [stream] });
    const known = RTCRtpSender.getCapabilities?.("video")?.codecs ?? [];
    const chosen = CODECS.flatMap((name) => known.filter(({ mimeType }) => mimeType === name));
    if (chosen.length) sending.setCodecPreferences?.(chosen);
    this.sender = sending.sender;
  }

  // What the other side answers (SDP).
  async offer() {
    await this.line.setLocalDescription(await this.line.createOffer());
    await gathered(this.line);
    await this.limit();
    return this.line.localDescription.sdp;
  }

  take(answer) {
    return this.line.setRemoteDescription({ type: "answer", sdp: brisk(answer, this.bits) }).catch(() => {});
  }

  works() {
    return !OVER.includes(this.line.connectionState);
  }

  close() {
    this.line.close();
  }

  async limit() {
    const asked = this.sender.getParameters();
    for (const each of asked.encodings ?? []) {
      each.maxBitrate = this.bits;
      each.maxFramerate = FPS;
    }
    asked.degradationPreference = "maintain-framerate";
    await this.sender.setParameters(asked).catch(() => {}); // a browser that can't: then it goes without
  }
}

// An answer after which Chromium begins with half of the bits. It would begin with 0.3 Mbit/s and small pictures, and
// take half a minute to more. Other browsers pass over it.
function brisk(answer, bits) {
  const begin = `x-google-start-bitrate=${Math.round(bits / 2000)}`;
  const told = new Set([...answer.matchAll(/^a=fmtp:(\d+) (?!apt=)/gm)].map(([, number]) => number));
  return answer.split("\r\n").flatMap((line) => {
    const [, format] = /^a=fmtp:(\d+) (?!apt=)/.exec(line) ?? [];
    if (format) return [`${line};${begin}`];
    const [, codec] = /^a=rtpmap:(\d+) (?:VP8|H264)\//.exec(line) ?? [];
    return codec && !told.has(codec) ? [line, `a=fmtp:${codec} ${begin}`] : [line];
  }).join("\r\n");
}

// Resolves once all addresses of this device are known.
function gathered(line) {
  return new Promise((done) => {
    const look = () => line.iceGatheringState === "complete" && done();
    line.addEventListener("icegatheringstatechange", look);
    setTimeout(done, GATHER_MS);
    look();
  });
}
