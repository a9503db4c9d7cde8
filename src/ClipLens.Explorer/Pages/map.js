"use strict";

(() => {
  const { el, isNumber, pixel } = ClipLens;
  const Faint = () => matchMedia("(prefers-color-scheme: dark)").matches ? pixel(58, 68, 75) : pixel(214, 214, 208);
  // From blue by green to yellow, each of which stands out on a light and on a dark page.
  const Ramp = [[104, 72, 190], [62, 120, 200], [30, 160, 155], [120, 190, 80], [235, 190, 30]];

  function ramp(t) {
    const place = Math.min(0.9999, Math.max(0, t)) * (Ramp.length - 1), i = Math.floor(place), rest = place - i;
    return Ramp[i].map((value, k) => Math.round(value + (Ramp[i + 1][k] - value) * rest));
  }

  const Scores = {
    variance: ["explained variance", (layer, i) => layer.variance[i], 0, 1],
    selectivity: ["selectivity", (layer, i) => layer.selectivity[i]],
    truth: ["description (AUROC)", (layer, i) => layer.truth?.[i], 0.3, 1],
    polysemanticity: ["polysemanticity", (layer, i) => layer.polysemanticity?.[i], 0, 1],
    agreement: ["acts on and writes agree (cosine)", (layer, i) => layer.agreement?.[i], -0.2, 0.6],
  };

  const starts = plane => plane.counts.map((_, i) => plane.counts.slice(0, i).reduce((sum, own) => sum + own, 0));

  function colouring(plane, layers, how, query) {
    const values = new Uint32Array(plane.x.length), strong = new Uint8Array(plane.x.length), first = starts(plane);
    let found = 0, range = null;
    if (query) {
      const words = query.toLowerCase();
      layers.forEach((layer, k) => {
        const hits = new Set(layer.words.flatMap((word, place) => word.toLowerCase().split(/[^\p{L}\p{N}]+/u).includes(words)
          || word.toLowerCase() === words ? [place] : []));
        for (let i = 0; i < plane.counts[k]; i++) {
          const hit = [...(layer.acts?.[i] ?? []), ...layer.writes[i]].some(text => text >= 0 && hits.has(text));
          values[first[k] + i] = hit ? pixel(213, 94, 0) : Faint();
          strong[first[k] + i] = +hit;
          found += +hit;
        }
      });
      return { values, strong, found };
    }
    const score = Scores[how];
    if (score) {
      const all = layers.flatMap((layer, k) => Array.from({ length: plane.counts[k] }, (_, i) => score[1](layer, i)));
      const sorted = all.filter(isNumber).sort((a, b) => a - b);
      range = [score[2] ?? sorted[0] ?? 0, score[3] ?? sorted[Math.floor(sorted.length * 0.99)] ?? 1];
      all.forEach((value, i) => { values[i] = isNumber(value) ? pixel(...ramp((value - range[0]) / (range[1] - range[0] || 1))) : Faint(); });
    }
    else plane.layers.forEach((_, k) => values.fill(pixel(...ramp(plane.layers.length < 2 ? 0.5 : k / (plane.layers.length - 1))), first[k],
      first[k] + plane.counts[k]));
    return { values, range };
  }

  function legend(plane, how, result) {
    const steps = Array.from({ length: 12 }, (_, i) => {
      const node = el("i", {});
      node.style.backgroundColor = "rgb(" + ramp(i / 11).join(",") + ")";
      return node;
    });
    if (result.found !== undefined) return [ClipLens.count(result.found, "neuron") + " with such a word"];
    const ends = result.range ? [result.range[0].toFixed(2), result.range[1].toFixed(2)] : ["layer " + plane.layers[0],
      "layer " + plane.layers[plane.layers.length - 1]];
    return [el("span", {}, ends[0]), el("span", { class: "ramp", "aria-hidden": "true" }, steps), el("span", {}, ends[1])];
  }

  function card(layers, plane, i, first) {
    const k = first.findLastIndex(start => start <= i);
    return { k, neuron: i - first[k], node: ClipLens.card(ClipLens.neuronOf(layers[k], i - first[k])) };
  }

  async function page() {
    try {
      const [run, data] = await Promise.all([ClipLens.load("data/overview"), ClipLens.load("data/plane"), ClipLens.labels.loaded.catch(() => {})]);
      const layers = await Promise.all(data.layers.map(layer => ClipLens.load("data/layers/" + layer)));
      const points = { x: data.x.map(value => value / 4000), y: data.y.map(value => value / 4000) }, first = starts(data);
      const canvas = el("canvas", { class: "plane", tabindex: 0, role: "application", "aria-label": "Map of all neurons: arrow keys move, plus and "
        + "minus come nearer, Enter opens the neuron in the middle" });
      const named = el("div", { class: "named", role: "status" });
      const key = el("div", { class: "key" });
      const how = el("select", { id: "colour" }, el("option", { value: "layer" }, "layer"), Object.entries(Scores).map(([id, [text]]) =>
        layers.some((layer, k) => data.counts[k] && isNumber(Scores[id][1](layer, 0)) || layer[id]?.some?.(isNumber)) ? el("option", { value: id }, text) : null));
      const query = el("input", { id: "paint", type: "search", autocomplete: "off", placeholder: "a word, such as wheel" });
      ClipLens.show(el("h1", {}, "All ", ClipLens.count(points.x.length, "neuron")),
        el("p", { class: "note" }, (data.byImages ? "Neurons whose top images are alike to the model" : "Neurons that write alike") + " lie side by side. Drag to move, scroll to come nearer, point at a neuron to see it, "
          + "open it by a click."),
        el("div", { class: "controls" }, el("label", {}, "Colour by", how), el("label", {}, "or show those with", query), key),
        el("div", { class: "planeframe" }, canvas, named, el("div", { class: "zoom" },
          el("button", { type: "button", "aria-label": "Nearer", onclick: () => view.zoom(1.6) }, "+"),
          el("button", { type: "button", "aria-label": "Farther", onclick: () => view.zoom(1 / 1.6) }, "−"),
          el("button", { type: "button", "aria-label": "All of it", onclick: () => view.reset() }, "□"))));
      const view = ClipLens.plane(canvas, points, {
        name(i, at) {
          if (i < 0) { named.replaceChildren(); return; }
          const own = card(layers, data, i, first);
          named.replaceChildren(own.node);
          named.style.setProperty("--side", at[0] > canvas.clientWidth / 2 ? "0" : "1");
          named.classList.toggle("left", at[0] > canvas.clientWidth / 2);
        },
        open(i) { const own = card(layers, data, i, first); location.assign(ClipLens.link(data.layers[own.k], own.neuron)); },
      });
      ClipLens.planeView = view;
      const colour = () => {
        const result = colouring(data, layers, how.value, query.value.trim());
        key.replaceChildren(...legend(data, how.value, result));
        view.colour(result);
      };
      how.addEventListener("change", () => { query.value = ""; colour(); });
      query.addEventListener("input", colour);
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", colour);
      const wanted = /^#(\d{1,4}):(\d{1,8})$/.exec(location.hash), place = wanted ? data.layers.indexOf(+wanted[1]) : -1;
      colour();
      if (place >= 0 && +wanted[2] < data.counts[place]) view.go(first[place] + +wanted[2]);
      document.title = "Map · ClipLens";
    }
    catch (error) {
      ClipLens.explain(error);
    }
  }

  page();
})();
