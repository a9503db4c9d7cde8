"use strict";

(() => {
  const { el, number, count } = ClipLens;

  const pairs = (title, what, list, name) => el("section", {}, el("h2", {}, title), el("p", { class: "note" }, what),
    el("div", { class: "pairs" }, list.map(own => el("div", { class: "pair" },
      el("div", {}, el("p", { class: "kind" }, name.own), ClipLens.card({ ...own.own, figure: "r " + number(own.correlation, 2) })),
      el("div", {}, el("p", { class: "kind" }, name.other), ClipLens.card({ ...own.other, figure: "" }, { plain: true }))))));

  /** What the command edit did to one of the models. */
  function edited(edit, name, layers) {
    if (!edit) return null;
    const [changed, beside] = edit.isOwn ? [name.own, name.other] : [name.other, name.own], accuracy = edit.accuracy;
    const unit = own => [own.isHead ? "head " : "", !own.isHead && layers.has(own.layer) ? el("a", { href: ClipLens.link(own.layer, own.index) },
      own.layer + ":" + own.index) : own.layer + ":" + own.index, " × " + number(own.factor, 2)];
    return el("section", {}, el("h2", {}, "What was edited"), el("p", {}, "The model of ", el("b", {}, changed), " is ",
      edit.isOfOther ? ["that of ", el("b", {}, beside)] : "another", ", edited: ", edit.units.map((own, i) => [i ? ", " : "", unit(own)]), ". ",
      accuracy ? "Its accuracy on " + count(accuracy.images, "image") + " went from " + number(accuracy.before, 1) + " to "
        + number(accuracy.after, 1) + " % (difference " + accuracy.interval.map(end => number(end, 1)).join(" to ") + ")." : null));
  }

  Promise.all([ClipLens.load("data/compare"), ClipLens.load("data/overview")]).then(([data, run]) => {
    const name = { own: data.model, other: data.other };
    if (name.own === name.other) { name.own += " (this run)"; name.other += " (the other run)"; }
    const [mine, theirs, mutual] = data.counts;
    document.title = "Compare · ClipLens";
    ClipLens.show(el("h1", {}, "Two runs"),
      el("p", { class: "lead" }, "Neurons are matched by their effects on the same " + count(data.images, "image") + ": a neuron of ", el("b", {}, name.own),
        " goes with the neuron of ", el("b", {}, name.other), " whose effects are large on the same images (correlation r). "
        + count(mutual, "neuron") + " of " + count(mine, "neuron") + " here and " + theirs.toLocaleString("en") + " there are each other's best and "
        + "better than chance (r > " + number(data.chance, 2) + ")."),
      el("p", {}, ClipLens.histogram(data.correlations, "Best correlations of this run's neurons, chance " + number(data.chance, 2), null, data.chance),
        " ", el("small", {}, "best correlations, 0 to 1, with chance as a line")),
      edited(data.edit, name, new Set(run.layers.map(own => own.layer))),
      pairs("The same in both", "Each other's best, most alike first.", data.same, name),
      pairs("What went", "Neurons of " + name.own + " that have nothing like them in " + name.other + ", beside the nearest there.", data.gone, name),
      pairs("What came", "Neurons of " + name.other + " that have nothing like them in " + name.own + ", beside the nearest here.", data.come, name));
  }).catch(ClipLens.explain);
})();
