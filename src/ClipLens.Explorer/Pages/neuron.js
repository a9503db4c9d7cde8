"use strict";

(() => {
  const { el, percent, number } = ClipLens;
  // From no colour where the neuron is silent to yellow where it is most active, as the contact sheets are.
  const heat = value => {
    const t = value / 255;
    return [Math.min(255, 380 * t), Math.max(0, 255 * (1.6 * t - 0.6)), 60 * (1 - t), 235 * Math.sqrt(t)];
  };

  function wanted() {
    const match = /^#(\d{1,4}):(\d{1,8})$/.exec(location.hash);
    return match ? { layer: +match[1], neuron: +match[2] } : null;
  }

  /** A neuron's texts as bars on both sides of a line, right for what it speaks for. */
  function texts(title, what, rows, none) {
    const most = Math.max(1e-9, ...rows.map(row => Math.abs(row.weight)));
    return el("section", { class: "texts" }, el("h2", {}, title), el("p", { class: "note" }, what),
      rows.length === 0 ? el("p", { class: "none" }, none)
        : el("ol", { class: "bars" }, rows.map(row => el("li", {},
          el("a", { href: "search.html#" + new URLSearchParams({ q: row.text }), class: "word" }, row.text),
          el("svg", { viewBox: "-100 0 200 10", preserveAspectRatio: "none", "aria-hidden": "true" },
            el("rect", { x: row.weight < 0 ? -100 * Math.abs(row.weight) / most : 0, y: 1, width: 100 * Math.abs(row.weight) / most,
              height: 8, class: row.weight < 0 ? "against" : "for" }),
            el("line", { x1: 0, x2: 0, y1: 0, y2: 10 })),
          el("span", { class: "figure" }, (row.weight < 0 ? "−" : "") + Math.abs(row.weight).toFixed(3))))));
  }

  function canvasOf(map, grid) {
    const canvas = el("canvas", { width: grid, height: grid, class: "heat", "aria-hidden": "true" });
    const context = canvas.getContext("2d"), pixels = context.createImageData(grid, grid);
    map.forEach((value, i) => pixels.data.set(heat(value), 4 * i));
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  function images(data, maps) {
    const figures = data.images.map((image, i) => el("figure", {},
      el("button", { class: "tile", type: "button", "aria-label": "Enlarge image " + (i + 1) + ", " + image.name,
        onclick: event => enlarge(event.currentTarget, i) }, ClipLens.picture(image.index, image.name)),
      el("figcaption", {}, el("span", {}, (i + 1) + ". " + number(data.norms[i], 2)), " ", el("small", {}, image.name))));
    const gallery = el("div", { class: "gallery" }, figures);
    const opacity = el("input", { type: "range", id: "opacity", min: 0, max: 100, value: 70, disabled: true,
      oninput: () => gallery.style.setProperty("--heat", opacity.value / 100) });
    const state = el("small", { role: "status" }, maps ? "working out the maps …" : "");
    const control = el("p", { class: "control" }, el("label", { for: "opacity" }, "Activation map"), opacity, state);
    if (maps) maps.then(found => {
      found.maps.forEach((map, i) => figures[i].querySelector(".tile").append(canvasOf(map, found.grid)));
      gallery.style.setProperty("--heat", 0.7);
      opacity.disabled = false;
      state.textContent = "from its smallest to its largest value";
    }).catch(error => { state.textContent = error.message; });
    return el("section", {}, el("h2", {}, "Top images"),
      el("p", { class: "note" }, "The images on which it adds most, with the size of what it adds."), maps ? control : null, gallery);

    function enlarge(tile, place) {
      const copy = tile.cloneNode(true);
      copy.querySelectorAll("canvas").forEach((canvas, i) => canvas.getContext("2d").drawImage(tile.querySelectorAll("canvas")[i], 0, 0));
      const image = data.images[place];
      const dialog = el("dialog", { "aria-label": image.name, onclick: () => dialog.close(), onclose: () => dialog.remove() },
        el("div", { class: "tile large" }, ...copy.childNodes), el("p", {}, image.name),
        el("button", { type: "button" }, "Close"));
      dialog.style.setProperty("--heat", opacity.value / 100);
      document.body.append(dialog);
      dialog.showModal();
    }
  }

  function norms(data) {
    const shown = data.norms, most = Math.max(1e-9, ...shown), step = 240 / shown.length, low = 62 * (data.threshold ?? 0) / most;
    return el("svg", { viewBox: "0 0 240 64", class: "histogram", role: "img", preserveAspectRatio: "none",
      "aria-label": "Effects on the top images fall from " + number(shown[0]) + " to the threshold " + number(data.threshold) },
      shown.map((value, i) => el("rect", { x: i * step, y: 64 - 62 * value / most, width: Math.max(0.5, step - (step > 3 ? 1 : 0)),
        height: 62 * value / most })),
      el("line", { x1: 0, x2: 240, y1: 64 - low, y2: 64 - low, class: "threshold" }));
  }

  function figures(data, layer) {
    const item = (name, value, drawing, what) => el("div", { class: "score" }, el("h3", {}, name), el("p", { class: "value" }, value),
      drawing, el("p", { class: "note" }, what));
    return el("section", { class: "scores" }, el("h2", { class: "hidden" }, "Figures"),
      item("Explained variance", percent(data.variance), ClipLens.histogram(layer.variance, "Among the neurons of its layer",
        data.variance), "of its top images' squared effects lie in one direction; marked among its layer's"),
      item("Threshold", number(data.threshold), ClipLens.histogram(layer.threshold, "Among the neurons of its layer", data.threshold),
        "percent of the image's representation; marked among its layer's"),
      item("Strongest effect", number(data.norms[0]), norms(data), "falling over its top images to the threshold"));
  }

  function nearest(data) {
    return el("section", {}, el("h2", {}, "Nearest neurons"), el("p", { class: "note" }, "Those whose directions are most alike."),
      el("ul", { class: "near" }, data.nearest.map(own => el("li", {}, el("a", { href: ClipLens.link(own.layer, own.neuron) },
        own.layer + ":" + own.neuron), " ", el("span", { class: "figure" }, number(own.cosine, 2)), words(own)))));
  }

  /** The words of a neighbour, filled in when its layer has come. */
  function words(own) {
    const place = el("small", {});
    ClipLens.load("data/layers/" + own.layer).then(layer => {
      const list = layer.acts && layer.acts[own.neuron].length ? layer.acts[own.neuron] : layer.writes[own.neuron];
      place.textContent = list.slice(0, 3).map(word => word < 0 ? "−" + layer.words[~word] : layer.words[word]).join(", ");
    }).catch(() => {});
    return place;
  }

  function heading(data, layer, run) {
    const step = (to, text, key) => el("a", { href: ClipLens.link(data.layer, (to + layer.count) % layer.count), rel: key, class: "step" },
      text);
    const share = el("button", { type: "button", class: "step", onclick: async () => {
      const address = location.protocol === "file:" ? location.href
        : location.origin + "/layer/" + data.layer + "/neuron/" + data.neuron;
      try { await navigator.clipboard.writeText(address); share.textContent = "Copied"; }
      catch { share.textContent = address; }
    } }, "Copy link");
    return el("div", { class: "heading" },
      el("h1", {}, "Neuron " + data.neuron + " ", el("small", {}, "of layer " + data.layer + " of " + run.model)),
      el("nav", { "aria-label": "Neurons" }, step(data.neuron - 1, "← Previous", "prev"), step(data.neuron + 1, "Next →", "next"), share));
  }

  let latest = 0;

  async function page() {
    const turn = ++latest;
    try {
      const run = await ClipLens.load("data/overview"), id = wanted();
      const layer = id && run.layers.find(own => own.layer === id.layer);
      if (!layer || id.neuron >= layer.count) throw new Error("The run has no such neuron; its layers are "
        + run.layers.map(own => own.layer + " (" + own.count + " neurons)").join(", ") + ".");
      const block = Math.floor(id.neuron / run.block);
      const data = (await ClipLens.load("data/neurons/" + id.layer + "-" + block))[id.neuron - block * run.block];
      if (turn !== latest) return;
      document.title = id.layer + ":" + id.neuron + " · ClipLens";
      ClipLens.show(heading(data, layer, run),
        el("div", { class: "columns" },
          data.acts ? texts("Acts on", "What in an image tells how strongly it acts.", data.acts, "No text describes it.") : null,
          texts("Writes", "What it adds to the model's output; to the left what it speaks against.", data.writes,
            "The run has no texts for it.")),
        images(data, run.maps ? ClipLens.load("data/maps/" + id.layer + "-" + id.neuron) : null),
        figures(data, layer), nearest(data));
      window.scrollTo(0, 0);
    }
    catch (error) {
      if (turn === latest) ClipLens.explain(error);
    }
  }

  document.addEventListener("keydown", event => {
    if (event.target.closest?.("input, select, dialog") || event.ctrlKey || event.metaKey || event.altKey) return;
    const rel = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : null;
    if (rel) document.querySelector("a[rel=" + rel + "]")?.click();
  });
  window.addEventListener("hashchange", page);
  page();
})();
