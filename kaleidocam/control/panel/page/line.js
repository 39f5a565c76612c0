// The line to kaleidocam: one WebSocket that comes back by itself.

const AGAIN_MS = [300, 1000, 2000, 3000];
const SILENT_MS = 5000; // without a report, of which four come a second: the line is dead

// Takes the token out of the address bar, where it would be seen, copied and kept in the history, and returns it. This
// script is sent only to whoever has the cookie, so the page opens without it from now on.
function hideToken() {
  const query = new URLSearchParams(location.search);
  const token = query.get("token");
  query.delete("token");
  const rest = query.size ? `?${query}` : "";
  if (token) history.replaceState(history.state, "", location.pathname + rest + location.hash);
  return token;
}

export class Line {
  // on.message(object), on.picture(Blob), on.away(reason)
  constructor(view, on) {
    this.on = on;
    this.tries = 0;
    this.heard = 0;
    this.ever = this.distrusted = false; // whether it heard anything; whether this browser refuses the line itself
    this.page = location.href; // with the token, if it was opened with it
    const token = hideToken();
    this.address = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/live?view=${view}` + (token ? `&token=${encodeURIComponent(token)}` : "");
    this.open();
    if (view === "panel") setInterval(() => this.check(), 1000);
  }

  open() {
    const socket = (this.socket = new WebSocket(this.address));
    this.heard = performance.now();
    socket.onmessage = ({ data }) => {
      this.heard = performance.now();
      this.tries = 0;
      this.ever = true;
      if (typeof data === "string") this.on.message?.(JSON.parse(data));
      else this.on.picture(data);
    };
    socket.onclose = () => this.lost(socket);
  }

  // Returns whether it was sent.
  say(what, name, value) {
    const open = this.socket.readyState === WebSocket.OPEN;
    if (open) this.socket.send(JSON.stringify({ do: what, name, value }));
    return open;
  }

  // It is over: nothing comes back.
  end() {
    this.over = true;
    this.socket.onclose = this.socket.onmessage = null;
    this.socket.close();
  }

  check() {
    if (this.over) return;
    if (performance.now() - this.heard > SILENT_MS && this.socket.readyState < WebSocket.CLOSING) {
      this.socket.onclose = this.socket.onmessage = null;
      this.socket.close();
      this.lost(this.socket);
    }
  }

  async lost(socket) {
    if (socket !== this.socket || this.over) return;
    if (!this.distrusted) this.on.away?.("The connection is lost. Trying again …");
    const wait = AGAIN_MS[Math.min(this.tries++, AGAIN_MS.length - 1)];
    await new Promise((done) => setTimeout(done, wait));
    if (this.over) return;
    const answer = await fetch(this.page, { method: "HEAD" }).catch(() => null);
    this.distrusted = Boolean(answer?.ok) && !this.ever && this.tries > 2 && location.protocol === "https:";
    if (this.distrusted) this.on.distrust?.();
    if (answer?.status === 403) this.on.away?.("kaleidocam has a new address: open the one that it shows now.");
    this.open();
  }
}
