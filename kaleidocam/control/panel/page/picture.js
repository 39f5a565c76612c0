// A canvas that shows the newest picture.

export class Picture {
  // seen() is called when the next picture may be sent; while this one is still being decoded, so none is waited for.
  constructor(canvas, seen, always = false) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.seen = seen;
    this.always = always;
    this.waiting = this.owed = false;
    document.addEventListener("visibilitychange", () => this.acknowledge());
  }

  async take(blob) {
    this.next = blob;
    if (this.waiting) return;
    this.waiting = true;
    while (this.next) {
      const now = this.next;
      this.next = null;
      this.owed = true;
      this.acknowledge();
      try {
        const image = await createImageBitmap(now);
        if (this.canvas.width !== image.width || this.canvas.height !== image.height) {
          this.canvas.width = image.width;
          this.canvas.height = image.height;
        }
        this.context.drawImage(image, 0, 0);
        image.close();
        this.canvas.dataset.shown = Number(this.canvas.dataset.shown ?? 0) + 1;
      } catch {
        // half a picture: the next one is on its way
      }
    }
    this.waiting = false;
  }

  acknowledge() {
    if (this.owed && (this.always || !document.hidden)) {
      this.owed = false;
      this.seen();
    }
  }
}
