"use strict";

(() => {
  const { el } = ClipLens;

  async function page() {
    try {
      const run = await ClipLens.load("data/overview");
      await ClipLens.labels.loaded;
      const known = Object.entries(ClipLens.labels.all()).filter(([, label]) => label.name || label.note || label.star)
        .map(([id, label]) => ({ id, label, layer: +id.split(":")[0], neuron: +id.split(":")[1] }))
        .filter(own => run.layers.some(layer => layer.layer === own.layer))
        .sort((a, b) => b.label.star - a.label.star || a.layer - b.layer || a.neuron - b.neuron);
      const layers = new Map(await Promise.all([...new Set(known.map(own => own.layer))].map(async layer =>
        [layer, await ClipLens.load("data/layers/" + layer)])));
      const said = el("p", { role: "status", class: "note" }, "");
      const input = el("input", { type: "file", id: "merge", accept: "application/json,.json", onchange: async () => {
        try { const merged = await ClipLens.labels.merge(input.files[0]); await page(); document.querySelector("#merged").textContent = ClipLens.count(merged, "label") + " taken in."; }
        catch (error) { said.textContent = error.message; }
      } });
      said.id = "merged";
      document.title = "Labels · ClipLens";
      ClipLens.show(el("h1", {}, "Labels"), el("p", { class: "lead" }, known.length ? ClipLens.count(known.length, "neuron") + " with a name, a note or a star."
        : "No neuron has a name, a note or a star yet; give them on a neuron's page."),
      ClipLens.isLive ? el("div", { class: "controls" }, el("a", { class: "step", href: "api/labels", download: "labels.json" }, "Export labels.json"),
        el("label", { for: "merge" }, "Merge labels of others", input), said) : null,
      el("div", { class: "cards" }, known.map(own => el("div", {}, ClipLens.card(ClipLens.neuronOf(layers.get(own.layer), own.neuron)),
        own.label.note ? el("p", { class: "noted" }, own.label.note) : null))));
    }
    catch (error) {
      ClipLens.explain(error);
    }
  }

  page();
})();
