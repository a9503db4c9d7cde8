"use strict";

(() => {
  const { el, count, percent, number } = ClipLens;

  const fact = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

  function row(layer) {
    return el("tr", {},
      el("th", { scope: "row" }, el("a", { href: "search.html#" + new URLSearchParams({ layer: layer.layer }) }, "Layer " + layer.layer)),
      el("td", { class: "figure" }, layer.count.toLocaleString("en")),
      el("td", {}, ClipLens.histogram(layer.variance, "Explained variance of layer " + layer.layer + ": half of the neurons above "
        + percent(layer.medianVariance)), el("span", { class: "figure" }, percent(layer.medianVariance))),
      el("td", {}, ClipLens.histogram(layer.threshold, "Thresholds of layer " + layer.layer + ": half of the neurons above "
        + number(layer.medianThreshold)), el("span", { class: "figure" }, number(layer.medianThreshold))));
  }

  function layers(data) {
    const end = data.layers[0].threshold.high;
    return el("section", {}, el("h2", {}, "Layers"),
      el("div", { class: "wide" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Layer"),
        el("th", { scope: "col", class: "figure" }, "Neurons"),
        el("th", { scope: "col" }, "Explained variance ", el("small", {}, "0 to 100 %, median")),
        el("th", { scope: "col" }, "Threshold ", el("small", {}, "0 to " + number(end, 2) + ", median")))),
      el("tbody", {}, data.layers.map(row)))),
      el("p", { class: "note" }, "Explained variance: how much of a neuron's effect on its top images lies in one direction. Threshold: "
        + "the smallest effect on these images, in percent of the length of the image's representation."));
  }

  function group(cards) {
    return el("section", {}, el("h2", {}, cards.title), el("p", { class: "note" }, cards.what),
      el("div", { class: "cards" }, cards.neurons.map(ClipLens.card)));
  }

  function page(data) {
    const neurons = data.layers.reduce((sum, layer) => sum + layer.count, 0);
    document.title = data.model + " · ClipLens";
    ClipLens.show(
      el("h1", {}, "What the neurons of ", el("em", {}, data.model), " do"),
      el("p", { class: "lead" }, "Each of these ", count(neurons, "neuron"), " adds something to what the model says of an image. A card "
        + "shows the images on which a neuron adds most and the words for what it adds; open it to see more, or press / to search."),
      el("dl", { class: "facts" },
        fact("Model", data.model + " (" + data.format + ", " + data.blocks + " blocks, width " + data.width + ")"),
        fact("Images", data.dataset + ": " + count(data.images, "image") + (data.unreadable ? ", " + data.unreadable + " unreadable" : "")),
        fact("Words", data.pool ? data.pool + ": " + count(data.poolTexts, "text") : "none"),
        fact("Top images", "the " + data.top + " with the largest effect define a neuron")),
      data.notes.map(note => el("p", { class: "caution" }, note)),
      data.cards.slice(0, 1).map(group), layers(data), data.cards.slice(1).map(group));
  }

  ClipLens.load("data/overview").then(page).catch(ClipLens.explain);
})();
