"use strict";

(() => {
  const { el, number, count } = ClipLens;

  const pairs = (title, what, list, name) => el("section", {}, el("h2", {}, title), el("p", { class: "note" }, what),
    el("div", { class: "pairs" }, list.map(own => el("div", { class: "pair" },
      el("div", {}, el("p", { class: "kind" }, name.own), ClipLens.card({ ...own.own, figure: "r " + number(own.correlation, 2) })),
      el("div", {}, el("p", { class: "kind" }, name.other), ClipLens.card({ ...own.other, figure: "" }, { plain: true }))))));

  ClipLens.load("data/compare").then(data => {
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
      pairs("The same in both", "Each other's best, most alike first.", data.same, name),
      pairs("What went", "Neurons of " + name.own + " that have nothing like them in " + name.other + ", beside the nearest there.", data.gone, name),
      pairs("What came", "Neurons of " + name.other + " that have nothing like them in " + name.own + ", beside the nearest here.", data.come, name));
  }).catch(ClipLens.explain);
})();
