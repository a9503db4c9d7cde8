"use strict";

(() => {
  const { el } = ClipLens;
  const Step = 48;
  const orders = {
    match: ["best match", (a, b) => a.rank - b.rank],
    most: ["most explained", (a, b) => b.variance - a.variance],
    least: ["least explained", (a, b) => a.variance - b.variance],
    strong: ["largest threshold", (a, b) => b.threshold - a.threshold],
    number: ["number", () => 0],
  };

  const state = () => {
    const read = new URLSearchParams(location.hash.slice(1));
    return { q: read.get("q") ?? "", layer: read.get("layer") ?? "", from: read.get("from") ?? "0", to: read.get("to") ?? "100",
      sort: orders[read.get("sort")] ? read.get("sort") : "match" };
  };

  const plain = text => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  /** How well each word of a layer answers the query: 0 all, 1 as whole words, 2 as beginnings of words; absent if not. */
  function answers(layer, query) {
    const parts = plain(query).split(/\s+/).filter(Boolean), found = new Map();
    layer.words.forEach((word, place) => {
      const text = plain(word), own = text.split(/[^\p{L}\p{N}]+/u);
      if (text === parts.join(" ")) found.set(place, 0);
      else if (parts.every(part => own.includes(part))) found.set(place, 1);
      else if (parts.every(part => own.some(other => other.startsWith(part)))) found.set(place, 2);
    });
    return found;
  }

  /** The neurons of a layer that answer; a neuron's rank is that of its best text, and what it speaks for comes first. */
  function search(layer, wanted) {
    const found = wanted.q ? answers(layer, wanted.q) : null, results = [];
    const [from, to] = [wanted.from / 100, wanted.to / 100];
    for (let neuron = 0; neuron < layer.variance.length; neuron++) {
      const variance = layer.variance[neuron] ?? 0;
      if (variance < from || variance > to) continue;
      let rank = found ? Infinity : neuron;
      if (found) for (const texts of [layer.acts?.[neuron] ?? [], layer.writes[neuron]])
        texts.forEach((text, place) => {
          const how = found.get(text < 0 ? ~text : text);
          if (how !== undefined) rank = Math.min(rank, place + 3 * how + (text < 0 ? 20 : 0));
        });
      if (rank < Infinity) results.push({ layer, neuron, rank, variance, threshold: layer.threshold[neuron] ?? 0 });
    }
    return results;
  }

  function card({ layer, neuron }) {
    const texts = list => list?.slice(0, 6).map(text => ({ text: layer.words[text < 0 ? ~text : text], weight: text < 0 ? -1 : 1 }));
    return ClipLens.card({ layer: layer.layer, neuron, variance: layer.variance[neuron], images: layer.images[neuron],
      acts: texts(layer.acts?.[neuron]), writes: texts(layer.writes[neuron]) });
  }

  function controls(run, wanted) {
    const write = () => history.replaceState(null, "", "#" + new URLSearchParams(read()));
    const changed = () => { write(); page(); };
    const select = (id, label, options, value) => el("label", {}, label, el("select", { id, onchange: changed },
      options.map(([key, text]) => el("option", { value: key, selected: key === value }, text))));
    const share = (id, label, value) => el("label", {}, label,
      el("input", { id, type: "number", min: 0, max: 100, step: 1, value, onchange: changed }));
    const read = () => ({ q: state().q, layer: document.getElementById("layer").value, from: document.getElementById("from").value || "0",
      to: document.getElementById("to").value || "100", sort: document.getElementById("sort").value });
    return el("div", { class: "controls" },
      select("layer", "Layer", [["", "all"], ...run.layers.map(own => [String(own.layer), String(own.layer)])], wanted.layer),
      share("from", "Explained from, %", wanted.from), share("to", "to, %", wanted.to),
      select("sort", "Sort by", Object.entries(orders).map(([key, [text]]) => [key, text]), wanted.sort));
  }

  async function page() {
    try {
      const wanted = state(), run = await ClipLens.load("data/overview");
      document.getElementById("query").value = wanted.q;
      const chosen = run.layers.filter(own => wanted.layer === "" || String(own.layer) === wanted.layer);
      const layers = await Promise.all(chosen.map(own => ClipLens.load("data/layers/" + own.layer)));
      const results = layers.flatMap(layer => search(layer, wanted)).sort(orders[wanted.sort][1]);
      const cards = el("div", { class: "cards" }), more = el("button", { type: "button", class: "more" }, "Show more");
      const add = () => {
        cards.append(...results.slice(cards.childElementCount, cards.childElementCount + Step).map(card));
        more.hidden = cards.childElementCount >= results.length;
      };
      more.addEventListener("click", add);
      add();
      document.title = (wanted.q ? wanted.q + " · " : "") + "Search · ClipLens";
      const focused = document.activeElement?.id;
      ClipLens.show(el("h1", {}, wanted.q ? "Neurons with “" + wanted.q + "”" : "All neurons"), controls(run, wanted),
        el("p", { role: "status", class: "note" }, results.length === 0
          ? "None. A word matches whole or by its beginning, among the texts that describe a neuron."
          : ClipLens.count(results.length, "neuron")), cards, more);
      if (["layer", "from", "to", "sort"].includes(focused)) document.getElementById(focused).focus();
    }
    catch (error) {
      ClipLens.explain(error);
    }
  }

  window.addEventListener("hashchange", page);
  page();
})();
