"use strict";

(() => {
  const { el, isNumber } = ClipLens;
  const Step = 48, Fields = ["layer", "variance", "selectivity", "truth", "by", "sort"];
  const last = value => isNumber(value) ? value : -Infinity;
  const Orders = {
    match: ["best match", (a, b) => a.rank === b.rank ? 0 : a.rank - b.rank],
    truth: ["best described", (a, b) => last(b.truth) - last(a.truth)],
    selective: ["most selective", (a, b) => last(b.selectivity) - last(a.selectivity)],
    most: ["most explained", (a, b) => b.variance - a.variance],
    least: ["least explained", (a, b) => a.variance - b.variance],
    strong: ["largest threshold", (a, b) => b.threshold - a.threshold],
    number: ["number", () => 0],
  };
  const Ways = { any: "anywhere", acts: "what it acts on", writes: "what it writes", images: "what its top images show", words: "its words, as spelt" };

  const state = () => {
    const read = new URLSearchParams(location.hash.slice(1)), own = { q: read.get("q") ?? "" };
    for (const field of Fields) own[field] = read.get(field) ?? "";
    own.sort = Orders[own.sort] ? own.sort : "match";
    own.by = Ways[own.by] ? own.by : "any";
    return own;
  };

  const keyOf = (layer, neuron) => layer + ":" + neuron;

  /** How near the neurons are in meaning: the best place among the nearest (0), by the ways that were asked for, and how far their top images
      are like it, 1 for the neuron whose are most. */
  function meanings(answer, by) {
    const near = new Map(), best = Math.max(1e-9, answer.images?.[0]?.cosine ?? 0);
    const of = own => near.get(keyOf(own.layer, own.neuron)) ?? near.set(keyOf(own.layer, own.neuron), { place: Infinity, shown: 0 })
      .get(keyOf(own.layer, own.neuron));
    for (const way of by === "any" ? ["acts", "images", "writes"] : [by])
      (answer[way] ?? []).forEach((own, place) => { if (own.cosine > 0.1) of(own).place = Math.min(of(own).place, place); });
    for (const own of answer.images ?? []) of(own).shown = Math.max(0, own.cosine / best);
    return near;
  }

  // A text that is the word, has it among its words, or has words that begin so.
  const HowWell = [1, 0.8, 0.4];

  /** How strongly the texts of a list answer: the largest weight of one that does. What a neuron speaks against hardly counts. */
  const strengthIn = (texts, weights, found) => texts.reduce((most, text, i) => {
    const how = found.get(text < 0 ? ~text : text);
    return how === undefined ? most : Math.max(most, HowWell[how] * (weights[i] + 0.01) * (text < 0 ? 0.05 : 1));
  }, 0);

  /** How well what a neuron writes tells where it acts, from 0 to 1: by its description's score over chance, where that was measured. */
  const trust = (layer, neuron) => layer.truth ? Math.max(0.05, 2 * (last(layer.truth[neuron]) - 0.5) || 0) : layer.variance[neuron] ?? 0;

  /** The place of a neuron whose texts answer, the smaller the better, and infinite for others: what it acts on before what it writes, both by
      weight, and first of all those whose top images are like it. */
  function spelt(layer, neuron, found, by, shown) {
    const acts = by === "writes" || !layer.acts ? 0 : strengthIn(layer.acts[neuron], layer.actsWeights[neuron], found);
    const writes = by === "acts" ? 0 : strengthIn(layer.writes[neuron], layer.writesWeights[neuron], found) * trust(layer, neuron);
    return acts > 0 ? -1 - acts * (0.5 + shown) : writes > 0 ? -writes * (0.5 + shown) : Infinity;
  }

  /** The neurons of a layer that answer: labelled so, spelt so, or near in meaning, in this order. */
  function search(layer, wanted, near) {
    const found = wanted.q && wanted.by !== "images" ? ClipLens.answers(layer.words, wanted.q) : null, results = [];
    const [variance, selectivity, truth] = [wanted.variance / 100 || 0, +wanted.selectivity || -Infinity, +wanted.truth || -Infinity];
    for (let neuron = 0; neuron < layer.variance.length; neuron++) {
      if ((layer.variance[neuron] ?? 0) < variance || last(layer.selectivity[neuron]) < selectivity) continue;
      if (truth > -Infinity && last(layer.truth?.[neuron]) < truth) continue;
      const label = ClipLens.labels.of(layer.layer, neuron);
      let rank = neuron, why = null;
      if (wanted.q) {
        const named = label && ClipLens.answers([label.name + " " + label.note], wanted.q).size > 0;
        const close = near.get(keyOf(layer.layer, neuron)), word = found ? spelt(layer, neuron, found, wanted.by, close?.shown ?? 0) : Infinity;
        rank = named ? -Infinity : word < Infinity ? word : 1 + (close?.place ?? Infinity);
        why = named ? "label" : word < Infinity ? "word" : "meaning";
      }
      if (rank < Infinity) results.push({ layer, neuron, rank, why, hits: found, variance: layer.variance[neuron] ?? 0, threshold: layer.threshold[neuron] ?? 0,
        selectivity: layer.selectivity[neuron], truth: layer.truth?.[neuron] });
    }
    return results;
  }

  function controls(run, wanted, layers) {
    const read = () => {
      const own = { q: state().q };
      for (const field of Fields) { const value = document.getElementById(field)?.value ?? ""; if (value) own[field] = value; }
      return own;
    };
    const changed = () => { history.replaceState(null, "", "#" + new URLSearchParams(read())); page(); };
    const select = (id, label, options) => el("label", {}, label, el("select", { id, onchange: changed },
      options.map(([key, text]) => el("option", { value: key, selected: key === wanted[id] }, text))));
    const least = (id, label, step, most) => el("label", {}, label,
      el("input", { id, type: "number", min: 0, max: most, step, value: wanted[id], placeholder: "any", onchange: changed }));
    const ways = Object.entries(Ways).filter(([key]) => (key !== "acts" || run.actsOn) && (key !== "images" || run.portraits));
    return el("div", { class: "controls" },
      wanted.q ? select("by", "Find in", ways) : null,
      select("layer", "Layer", [["", "all"], ...run.layers.map(own => [String(own.layer), String(own.layer)])]),
      select("sort", "Sort by", Object.entries(Orders).filter(([key]) => (key !== "truth" || layers.some(layer => layer.truth))
        && (key !== "match" || wanted.q)).map(([key, [text]]) => [key, text])),
      // Filters that were just cleared stay in sight.
      el("details", { class: "filters", open: ["variance", "selectivity", "truth"].some(id => wanted[id])
        || document.querySelector(".filters")?.open === true }, el("summary", {}, "Filter"),
        least("variance", "Explained from, %", 5, 100), least("selectivity", "Selectivity from", 0.01),
        layers.some(layer => layer.truth) ? least("truth", "Description from", 0.05, 1) : null));
  }

  function summary(results, wanted, answer) {
    if (!wanted.q) return ClipLens.count(results.length, "neuron");
    const exact = results.filter(own => own.why !== "meaning").length;
    const near = results.length - exact;
    const words = wanted.by === "images" ? "" : exact === 0 ? "No neuron has this word among its texts" : ClipLens.count(exact, "neuron")
      + (exact === 1 ? " has" : " have") + " such a word";
    const meaning = answer.unknown ? "the pool has no such word, so nothing can be found by meaning" : near > 0 ? near + " more "
      + (wanted.by === "images" ? "by what their top images show" : "are near in meaning") : "";
    return [words, meaning].filter(Boolean).join("; ") + ".";
  }

  let turn = 0;

  async function page() {
    const own = ++turn;
    try {
      const wanted = state(), [run] = await Promise.all([ClipLens.load("data/overview"), ClipLens.labels.loaded.catch(() => {})]);
      document.getElementById("query").value = wanted.q;
      const chosen = run.layers.filter(layer => wanted.layer === "" || String(layer.layer) === wanted.layer);
      const [answer, ...layers] = await Promise.all([
        wanted.by === "words" ? {} : ClipLens.meaning(wanted.q, run).catch(error => ({ unknown: true, error })),
        ...chosen.map(layer => ClipLens.load("data/layers/" + layer.layer))]);
      if (own !== turn) return;
      const near = meanings(answer, wanted.by);
      const results = layers.flatMap(layer => search(layer, wanted, near)).sort(Orders[wanted.sort][1]);
      const cards = el("div", { class: "cards" }), more = el("button", { type: "button", class: "more" }, "Show more");
      const add = () => {
        cards.append(...results.slice(cards.childElementCount, cards.childElementCount + Step).map(({ layer, neuron, hits }) =>
          ClipLens.card(ClipLens.neuronOf(layer, neuron, hits))));
        more.hidden = cards.childElementCount >= results.length;
      };
      more.addEventListener("click", add);
      add();
      document.title = (wanted.q ? wanted.q + " · " : "") + "Search · ClipLens";
      const focused = document.activeElement?.id;
      ClipLens.show(el("h1", {}, wanted.q ? "Neurons for “" + wanted.q + "”" : "All neurons"), controls(run, wanted, layers),
        el("p", { role: "status", class: "note" }, summary(results, wanted, answer),
          run.live && wanted.q ? [" Or search by ", el("a", { href: "picture.html" }, "an example picture or a part of it"), "."] : null), cards, more);
      if (Fields.includes(focused)) document.getElementById(focused)?.focus();
    }
    catch (error) {
      if (own === turn) ClipLens.explain(error);
    }
  }

  window.addEventListener("hashchange", page);
  page();
})();
