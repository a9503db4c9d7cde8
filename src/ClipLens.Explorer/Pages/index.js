"use strict";

(() => {
  const { el, count, percent, number } = ClipLens;

  const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

  const cell = (bins, median, text, label) => el("td", {}, bins ? [ClipLens.histogram(bins, label + ": half of the neurons above " + text),
    el("span", { class: "figure" }, text)] : "none");

  function row(layer, run) {
    const name = " of layer " + layer.layer;
    return el("tr", {},
      el("th", { scope: "row" }, el("a", { href: "search.html#" + new URLSearchParams({ layer: layer.layer }) }, "Layer " + layer.layer)),
      cell(layer.variance, layer.medianVariance, percent(layer.medianVariance), "Explained variance" + name),
      cell(layer.selectivity, layer.medianSelectivity, number(layer.medianSelectivity), "Selectivity" + name),
      run.hasTruth ? cell(layer.truth, layer.medianTruth, number(layer.medianTruth, 2) + " (chance " + number(layer.medianFloor, 2) + ")",
        "Description scores" + name) : null,
      cell(layer.threshold, layer.medianThreshold, number(layer.medianThreshold), "Thresholds" + name));
  }

  function layers(data) {
    const run = { hasTruth: data.layers.some(layer => layer.truth) }, last = data.layers[0];
    const head = (name, range) => el("th", { scope: "col" }, name, " ", el("small", {}, range));
    return el("section", {}, el("h2", {}, "Layers"),
      el("p", { class: "note" }, "How the scores of each layer's neurons are distributed, and their medians."),
      el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Layers" }, el("table", { class: "layers" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Layer"), head("Explained variance", "0 to 100 %"),
          head("Selectivity", "0 to " + number(last.selectivity.high, 2)), run.hasTruth ? head("Description", "AUROC, 0 to 1") : null,
          head("Threshold", "0 to " + number(last.threshold.high, 2)))),
        el("tbody", {}, data.layers.map(layer => row(layer, run))))),
      el("details", {}, el("summary", {}, "What these mean"), el("p", { class: "note" },
        "Explained variance: how much of a neuron's effect on its top images lies in one direction. Selectivity: how far its top effects "
        + "stand above its threshold, as far as that direction holds them. Description: how well its texts tell on which held-out images it "
        + "acts, beside another neuron's texts (chance). Threshold: the smallest effect on its top images, in percent of the length of the "
        + "image's representation.")));
  }

  /** Accuracy by layer as a chart of lines; the table below it says the same. */
  function ablation(data) {
    const names = { baseline: "as it is", without_all: "without second-order effects", without_large: "without the large ones",
      without_small: "without the small ones", first_component: "only along one direction each" };
    const width = 640, height = 260, left = 44, bottom = 34, rows = data.layers;
    const values = rows.flatMap(row => row.top1.filter(ClipLens.isNumber));
    const least = Math.max(0, Math.min(...values) - 4), most = Math.max(...values), step = [2, 5, 10, 20, 25].find(own => (most - least) / own <= 6) ?? 25;
    const high = Math.min(100, Math.ceil(most / step) * step), low = Math.floor(least / step) * step;
    const x = i => left + 16 + i * (width - left - 32) / Math.max(1, rows.length - 1);
    const y = value => 8 + (height - bottom - 8) * (high - value) / (high - low || 1);
    const ticks = Array.from({ length: Math.floor((high - low) / step) + 1 }, (_, i) => low + step * i);
    const lines = data.names.map((name, n) => el("g", { class: "line" + n },
      el("polyline", { points: rows.map((row, i) => ClipLens.isNumber(row.top1[n]) ? x(i) + "," + y(row.top1[n]) : "").join(" ") }),
      rows.map((row, i) => row.intervals[n] && el("line", { x1: x(i), x2: x(i), y1: y(row.intervals[n][0]), y2: y(row.intervals[n][1]) })),
      rows.map((row, i) => ClipLens.isNumber(row.top1[n]) && el("circle", { cx: x(i), cy: y(row.top1[n]), r: 3 }))));
    return el("section", {}, el("h2", {}, "What the model loses without them"),
      el("p", { class: "note" }, "Top-1 accuracy on " + count(data.images, "labelled image") + " when a layer's effects are replaced by "
        + "their means, with 95 % intervals."),
      el("div", { class: "wide chart", tabindex: 0, role: "region", "aria-label": "Accuracy by layer" },
        el("svg", { viewBox: "0 0 " + width + " " + height, role: "img", "aria-label": "Accuracy by layer; the table says the same" },
          ticks.map(tick => [el("line", { x1: left, x2: width, y1: y(tick), y2: y(tick), class: "grid" }),
            el("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, tick.toFixed(0))]),
          rows.map((row, i) => el("text", { x: x(i), y: height - 12, "text-anchor": "middle" }, row.layer)), lines)),
      el("ul", { class: "legend" }, data.names.map((name, n) => el("li", { class: "line" + n }, names[name] ?? name))),
      el("details", {}, el("summary", {}, "The same as a table"), el("div", { class: "wide", tabindex: 0, role: "region",
        "aria-label": "Accuracy as a table" }, el("table", {},
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Layer"), data.names.map(name => el("th", { scope: "col" }, names[name] ?? name)))),
        el("tbody", {}, rows.map(row => el("tr", {}, el("th", { scope: "row" }, row.layer),
          row.top1.map(value => el("td", { class: "figure" }, number(value, 1))))))))));
  }

  function group(cards) {
    return el("section", {}, el("h2", {}, cards.title), el("p", { class: "note" }, cards.what),
      el("div", { class: "cards" }, cards.neurons.map(neuron => ClipLens.card(neuron))));
  }

  function pending(data) {
    if (data.portraits || !ClipLens.isLive) return null;
    const state = el("p", { class: "caution", role: "status" }, "The neurons are being looked at on all images; their pages will show more.");
    const look = async () => {
      const answer = await ClipLens.ask("state").catch(() => null);
      if (answer?.prepared) state.replaceChildren("The neurons' pages show more now. ", el("a", { href: "index.html" }, "Load this page again"));
      else {
        if (answer?.progress) state.textContent = answer.progress;
        setTimeout(look, 2000);
      }
    };
    setTimeout(look, 500);
    return state;
  }

  function page(data) {
    const neurons = data.layers.reduce((sum, layer) => sum + layer.count, 0);
    document.title = data.model + " · ClipLens";
    ClipLens.show(
      el("h1", {}, "What the neurons of ", el("em", {}, data.model), " do"),
      el("p", { class: "lead" }, "Each of these ", count(neurons, "neuron"), " adds something to what the model says of an image. A card "
        + "shows the images on which a neuron adds most, the words for what it ", el("b", {}, "acts on"), " and for what it ",
        el("b", {}, "writes"), " into the output. Open a card to see more, press ", el("kbd", {}, "/"), " to search, or look at ",
        el("a", { href: "map.html" }, "the map of all"), "."),
      el("dl", { class: "facts" },
        fact("Model", data.model + " (" + data.format + ", " + data.blocks + " blocks, width " + data.width + ")"),
        fact("Images", data.dataset + ": " + count(data.images, "image") + (data.unreadable ? ", " + data.unreadable + " unreadable" : "")),
        fact("Words", data.pool ? data.pool + ": " + count(data.poolTexts, "text") : "none"),
        fact("Top images", "the " + data.top + " with the largest effect define a neuron")),
      data.notes.map(note => el("p", { class: "caution" }, note)), pending(data),
      data.cards.slice(0, 1).map(group), layers(data), data.ablation ? ablation(data.ablation) : null, data.cards.slice(1).map(group));
  }

  Promise.all([ClipLens.load("data/overview"), ClipLens.labels.loaded.catch(() => {})]).then(([data]) => page(data)).catch(ClipLens.explain);
})();
