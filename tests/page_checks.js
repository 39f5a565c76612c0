// What must be so of a page, whatever it shows; each returns what is wrong.
(() => {
  const CONTROLS = "button, input, select, textarea, summary, .pad, a[href]";
  const seen = (each) => each.checkVisibility({ visibilityProperty: true, opacityProperty: true }) && !each.closest("[inert]");
  const controls = () => [...document.querySelectorAll(CONTROLS)].filter(seen);
  const called = (each) => each.id || each.getAttribute("aria-label") || each.className || each.textContent;
  const around = (each) => {
    const box = each.getBoundingClientRect();
    return { box, x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const color = (text) => {
    const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
    return text.startsWith("color(") ? [r * 255, g * 255, b * 255, a] : [r, g, b, a];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((each, at) => each * a + under[at] * (1 - a));
  const behind = (each) => {
    const layers = [];
    for (let at = each; at; at = at.parentElement) {
      const style = getComputedStyle(at);
      if (style.backgroundImage !== "none" && at !== document.documentElement) return null; // a picture, a gradient
      layers.push(color(style.backgroundColor));
    }
    return layers.reverse().reduce((under, layer) => over(layer, under), [0, 0, 0]);
  };
  const light = (rgb) => {
    const [r, g, b] = rgb.map((each) => each / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, other) => {
    const [dark, bright] = [light(one), light(other)].sort((a, b) => a - b);
    return (bright + 0.05) / (dark + 0.05);
  };
  return {
    // Fingers need 40 pixels.
    small: () => controls().map((each) => [each, around(each).box])
      .filter(([each, box]) => (box.width < 40 || box.height < 40) && each.tagName !== "A")
      .map(([each, box]) => `${called(each)} ${box.width}x${box.height}`),
    // Each control can be brought into the window, and there nothing lies over it.
    hidden: () => controls().flatMap((each) => {
      each.scrollIntoView({ block: "center", inline: "center", behavior: "instant" });
      const { box, x, y } = around(each);
      const top = document.elementFromPoint(x, y);
      const inside = box.left >= -0.5 && box.right <= innerWidth + 0.5 && box.top >= -0.5 && box.bottom <= innerHeight + 0.5;
      const free = top && (each.contains(top) || top.closest("label")?.contains(each));
      return inside && free ? [] : [`${called(each)} at ${x},${y} ${inside ? "under " + called(top) : "outside"}`];
    }),
    overlapping: () => {
      const boxes = controls().filter((each) => !each.closest(".tile, #corner")).map((each) => [each, around(each).box]);
      return boxes.flatMap(([one, a], at) => boxes.slice(at + 1).filter(([other, b]) => {
        const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
        const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
        const together = one.parentElement.closest(".panel, #stage, #tabs") === other.parentElement.closest(".panel, #stage, #tabs");
        return together && across > 1 && down > 1 && !one.closest(".chips, .segments, .saving")
          && !other.closest(".chips, .segments, .saving");
      }).map(([other]) => `${called(one)} over ${called(other)}`));
    },
    nameless: () => controls().filter((each) => {
      const words = [each.getAttribute("aria-label"), each.labels?.[0]?.textContent, each.innerText];
      return !words.some((text) => text?.trim());
    }).map((each) => each.outerHTML.slice(0, 80)),
    // WCAG 2.2 AA: 1.4.3 for words, 1.4.11 for what is drawn and for the edges of fields.
    faint: () => {
      const wrong = [];
      const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const each = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !seen(each) || each.closest("[aria-disabled=true], :disabled, option, canvas")) continue;
        const style = getComputedStyle(each), ground = behind(each);
        if (!ground) continue;
        const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
        const ratio = contrast(over(color(style.color), ground), ground);
        if (ratio < (large ? 3 : 4.5)) wrong.push(`"${walker.currentNode.data.trim().slice(0, 30)}" ${ratio.toFixed(2)}`);
      }
      for (const each of controls()) {
        const style = getComputedStyle(each), ground = each.parentElement && behind(each.parentElement);
        if (!ground || each.closest("[aria-disabled=true], .row") || !each.matches("input[type=text], select, textarea, .pad")) continue;
        const ratio = contrast(over(color(style.borderTopColor), ground), ground);
        if (ratio < 3) wrong.push(`the edge of ${called(each)} ${ratio.toFixed(2)}`);
      }
      for (const each of document.querySelectorAll("button .icon")) {
        const button = each.closest("button"), ground = behind(button);
        if (!seen(each) || !ground || button.getAttribute("aria-disabled") === "true") continue;
        const ratio = contrast(color(getComputedStyle(each).color), ground);
        if (ratio < 3) wrong.push(`the sign of ${called(button)} ${ratio.toFixed(2)}`);
      }
      return wrong;
    },
    scrolling: () => {
      const { scrollWidth, scrollHeight } = document.documentElement;
      return scrollWidth > innerWidth || scrollHeight > innerHeight ? [`${scrollWidth}x${scrollHeight}`] : [];
    },
  };
})()
