"use strict";

(() => {
  const { el, number, isNumber } = ClipLens;

  /** How far a cue moves pictures, with its interval. */
  function shift(cue, most) {
    if (!isNumber(cue.shift)) return el("td", { class: "none" }, "not tried");
    const x = value => 100 * value / most;
    return el("td", {}, el("svg", { viewBox: "-100 0 200 12", preserveAspectRatio: "none", "aria-hidden": "true", class: "bar" },
      el("line", { x1: 0, x2: 0, y1: 0, y2: 12 }),
      el("rect", { x: Math.min(0, x(cue.shift)), y: 3, width: Math.abs(x(cue.shift)), height: 6, class: cue.shift < 0 ? "against" : "for" }),
      isNumber(cue.low) ? el("line", { x1: x(cue.low), x2: x(cue.high), y1: 6, y2: 6, class: "interval" }) : null),
    " ", el("span", { class: "figure" }, number(cue.shift, 2) + (isNumber(cue.low) ? " (" + number(cue.low, 2) + " to " + number(cue.high, 2) + ")" : "")));
  }

  const neuron = (own, layers) => layers.has(own.layer) ? el("a", { href: ClipLens.link(own.layer, own.neuron) }, own.layer + ":" + own.neuron)
    : own.layer + ":" + own.neuron;

  function pair(own, layers) {
    const most = Math.max(1e-9, ...own.cues.flatMap(cue => [cue.shift, cue.low, cue.high]).filter(isNumber).map(Math.abs));
    const tried = own.cues.some(cue => isNumber(cue.shift));
    return el("section", {}, el("h2", {}, own.true + " → " + own.fooled),
      el("p", { class: "note" }, "Words that lead the model from “" + own.true + "” to “" + own.fooled + "” without naming either, by "
        + own.source.replaceAll("_", " ") + (tried ? "; the shift is by how much a picture with the cue comes nearer to “" + own.fooled + "”." : ".")),
      el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Cues from " + own.true + " to " + own.fooled }, el("table", {},
        el("thead", {}, el("tr", {}, ["Cue", "Score", tried ? "Measured shift" : null, "Neurons behind it"].filter(Boolean).map(head =>
          el("th", { scope: "col" }, head)))),
        el("tbody", {}, own.cues.map(cue => el("tr", {}, el("th", { scope: "row" }, cue.text, cue.confirmed ? el("small", {}, " confirmed") : null),
          el("td", { class: "figure" }, number(cue.score, 3)), tried ? shift(cue, most) : null,
          el("td", {}, cue.neurons.length ? cue.neurons.map(one => [neuron(one, layers), " "]) : "none")))))),
      own.dropped.length ? el("details", {}, el("summary", {}, "Left out: " + ClipLens.count(own.dropped.length, "word")),
        el("ul", {}, own.dropped.map(word => el("li", {}, el("b", {}, word.text), ": " + word.reason)))) : null);
  }

  /** The strongest cue of each pair of a list of classes. */
  function strongest(list) {
    if (list.length === 0) return null;
    const shown = 40, most = Math.max(1e-9, ...list.map(own => own.score)), rows = own => el("tr", {}, el("th", { scope: "row" }, own.text),
      el("td", {}, own.true + " → " + own.fooled), el("td", {}, ClipLens.barFromLeft(own.score, most), " ",
        el("span", { class: "figure" }, number(own.score, 3))));
    const body = el("tbody", {}, list.slice(0, shown).map(rows));
    const more = list.length > shown ? el("button", { type: "button", class: "more", onclick: () => {
      body.append(...list.slice(shown).map(rows));
      more.remove();
    } }, "Show all " + list.length) : null;
    return el("section", {}, el("h2", {}, "The strongest cues between any two classes"),
      el("p", { class: "note" }, "For each pair the word that leads most from the one to the other without naming either, strongest first; not tried on pictures."),
      el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "The strongest cues" }, el("table", {},
        el("thead", {}, el("tr", {}, ["Cue", "From → to", "Score"].map(head => el("th", { scope: "col" }, head)))), body)), more);
  }

  function verdict(picture, made) {
    if (picture.fooled) return el("b", { class: "fooled" }, "taken for " + made.fooled);
    return picture.counts ? "still " + made.true : "does not count: its control is wrong too";
  }

  function pictures(made, folder) {
    const image = (picture, control) => {
      const node = el("img", { alt: (control ? "Control: " : "With cues: ") + picture.description, width: 224, height: 224, loading: "lazy",
        src: "made/" + folder + "-" + picture.place + (control ? "c" : "") + ".jpg" });
      return node;
    };
    return el("section", {}, el("h2", {}, "Pictures of " + made.true + " to be taken for " + made.fooled),
      el("ul", {}, made.sources.map(source => el("li", {}, source.source + ": " + (isNumber(source.fooledPerHundred)
        ? number(source.fooledPerHundred, 1) + " of 100 fool the model" : "nothing counts")))),
      el("div", { class: "made" }, made.pictures.map(picture => el("figure", {},
        el("div", { class: "strip two" }, image(picture, true), image(picture, false)),
        el("figcaption", {}, verdict(picture, made), " ", el("small", {}, "by " + picture.cues.join(", ") + " (" + picture.source + "); lead "
          + number(picture.controlMargin, 1) + " → " + number(picture.margin, 1)))))));
  }

  Promise.all([ClipLens.load("data/overview"), ClipLens.load("data/cues")]).then(([run, data]) => {
    const layers = new Set(run.layers.map(own => own.layer));
    document.title = "Cues · ClipLens";
    ClipLens.show(el("h1", {}, "What leads the model astray"), data.pairs.map(own => pair(own, layers)), strongest(data.strongest), data.made.map(pictures));
  }).catch(ClipLens.explain);
})();
