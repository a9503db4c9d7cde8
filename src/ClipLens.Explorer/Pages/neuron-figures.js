"use strict";

// The figures of a neuron's page: scores beside what chance gives, the distribution of its effects, and where they go.
(() => {
  const { el, percent, number, isNumber } = ClipLens;

  const item = (name, value, drawing, what) => el("div", { class: "score" }, el("h3", {}, name), el("p", { class: "value" }, value),
    drawing, el("p", { class: "note" }, what));

  /** A score on a line from its floor: what chance gives, what it is, what could be. */
  function scale(low, high, marks) {
    const x = value => 6 + 228 * Math.min(1, Math.max(0, (value - low) / (high - low)));
    return el("svg", { viewBox: "0 0 240 40", class: "scale", role: "img", "aria-label": marks.map(mark => mark.name + " "
      + number(mark.value, 2)).join(", ") },
      el("line", { x1: 6, x2: 234, y1: 14, y2: 14 }),
      marks.filter(mark => isNumber(mark.value)).map(mark => [el("circle", { cx: x(mark.value), cy: 14, r: mark.own ? 7 : 4.5,
        class: mark.own ? "own" : null }), el("text", { x: Math.min(205, Math.max(35, x(mark.value))), y: 36, "text-anchor": "middle",
        class: mark.own ? "own hidden-text" : null }, mark.own ? "" : mark.name)]));
  }

  function scores(data, layer) {
    const own = data.scores, portrait = data.portrait;
    return el("section", { class: "scores" }, el("h2", { class: "hidden" }, "Scores"),
      item("Explained variance", percent(data.variance), ClipLens.histogram(layer.variance, "Among the neurons of its layer",
        data.variance), "of its top images' squared effects lie in one direction; marked among its layer's, whose median is "
        + percent(layer.medianVariance)),
      portrait ? item("Size of its effects", number(data.norms[0], 2), ClipLens.histogram(portrait.norms, "Its effects over all images, "
        + "threshold " + number(data.threshold, 2), null, data.threshold), "at most; over all images, with the threshold "
        + number(data.threshold, 2) + " as a line") : item("Threshold", number(data.threshold), ClipLens.histogram(layer.threshold,
        "Among the neurons of its layer", data.threshold), "percent of the image's representation; marked among its layer's"),
      item("Selectivity", number(own.selectivity, 3), ClipLens.histogram(layer.selectivity, "Among the neurons of its layer",
        own.selectivity), "how far its top effects stand above the threshold; its layer's median is " + number(layer.medianSelectivity, 3)),
      isNumber(own.truth) ? item("Description", "AUROC " + number(own.truth, 2), scale(0, 1, [{ name: "chance", value: own.truthFloor },
        { name: "possible", value: own.truthCeiling }, { name: "its texts", value: own.truth, own: true }]),
        "how well what it writes tells on which held-out images it acts (" + own.significant + " images); another neuron's texts "
        + number(own.truthFloor, 2) + ", its direction itself " + number(own.truthCeiling, 2)) : null,
      isNumber(own.polysemanticity) ? item("Polysemanticity", number(own.polysemanticity, 2), scale(0, 1.2, [{ name: "one thing", value: 0 },
        { name: "chance", value: 1 }, { name: "its images", value: own.polysemanticity, own: true }]),
        "how unlike its top images are to the model: 1 less their mean cosine") : null,
      isNumber(own.agreement) ? item("Acts on and writes", "cosine " + number(own.agreement, 2), scale(-0.6, 1, [{ name: "unrelated",
        value: 0 }, { name: "the same", value: 1 }, { name: "this neuron", value: own.agreement, own: true }]),
        "how far what it writes is what it acts on") : null);
  }

  /** What each later head carries of its effect. */
  function routes(data, run) {
    const rows = data.portrait?.routes;
    if (!rows || rows.length === 0 || rows[0].length === 0) return null;
    const all = rows.flat(), most = Math.max(1e-9, ...all.map(Math.abs)), total = all.reduce((sum, own) => sum + own, 0);
    const best = rows.flatMap((heads, i) => heads.map((value, head) => ({ value, name: "block " + (data.layer + 1 + i) + ", head " + head })))
      .sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
    return el("section", {}, el("h2", {}, "Where its effect goes"),
      el("p", { class: "note" }, "Along its direction it adds " + number(total, 2) + " % to its top images beyond what it adds to all, through "
        + "the heads of later blocks; most of it through " + best.slice(0, 3).map(own => own.name + " (" + number(own.value, 2) + ")").join(", ")
        + "."),
      el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Through which heads its effect goes" },
        el("table", { class: "routes" }, el("thead", {}, el("tr", {}, el("td", {}), rows[0].map((_, head) =>
          el("th", { scope: "col" }, "head " + head)), el("th", { scope: "col" }, "all"))),
        el("tbody", {}, rows.map((heads, i) => el("tr", {}, el("th", { scope: "row" }, "block " + (data.layer + 1 + i)),
          heads.map(value => {
            const cell = el("td", { class: value < 0 ? "against" : "for" }, number(value, 2));
            cell.style.setProperty("--share", (Math.abs(value) / most).toFixed(3));
            return cell;
          }), el("td", {}, number(heads.reduce((sum, own) => sum + own, 0), 2))))))));
  }

  Object.assign(ClipLens, { neuronScores: scores, neuronRoutes: routes });
})();
