// The buttons of this device's camera.

import { NEEDS_HTTPS, PhoneCamera } from "./camera.js";
import { button, card, element } from "./elements.js";

export function phone(panel, hello) {
  if (!hello.phone) return [];
  const camera = (panel.camera ??= new PhoneCamera(panel, hello.size));
  const use = (facing) => () => camera.start(facing);
  const back = button("Use this device's camera", use("environment"), { id: "camera-back" });
  const front = button("the one on the side of the screen", use("user"), { id: "camera-front" }, "Front camera");
  const stop = button("Stop", () => camera.stop(), { id: "camera-stop" });
  const seen = element("video", { id: "camera-seen", muted: true, playsInline: true, autoplay: true, hidden: true });
  const said = element("p", { className: "help", id: "camera-said", role: "status" });
  const keep = hello.authority ? [" ", element("a", { href: "kaleidocam.crt" }, "Keep it on this device")] : [];
  const mark = hello.fingerprint ? [element("p", { className: "help", id: "fingerprint" },
                                            `This page's certificate, SHA-256: ${hello.fingerprint}`, ...keep)] : [];
  camera.on = (runs) => {
    stop.hidden = seen.hidden = !runs;
    if (seen.srcObject !== camera.stream) seen.srcObject = camera.stream;
    said.textContent = camera.words || (window.isSecureContext ? "" : NEEDS_HTTPS);
  };
  camera.on(false);
  panel.on((state, news) => camera.hear(news));
  return [card("This device's camera", element("div", { className: "buttons" }, back, front, stop), seen, said, ...mark)];
}
