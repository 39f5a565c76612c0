// A channel that another page has sent here, in the address: #channel=mixed5:74.

const FORM = /^#channel=([^&]*)$/;

// Plays it, once, if there is such a channel, and takes it out of the address. `say` returns whether it was sent.
export function takeSent(layers, say, toast) {
  const given = FORM.exec(location.hash);
  if (!given) return;
  let name = given[1];
  try {
    name = decodeURIComponent(name);
  } catch {
    // as it is: it will be no channel
  }
  const [, layer, number] = /^(\w+):(\d{1,4})$/.exec(name) ?? [];
  const there = Object.hasOwn(layers, layer ?? "") && Number(number) < layers[layer];
  if (there && !say("set", "channel", `${layer}:${Number(number)}`)) return; // the line is away; when it is back
  history.replaceState(null, "", location.pathname + location.search);
  toast(there ? `${name} came from the atlas` : `no channel '${name.slice(0, 40)}' here`, !there);
}
