"use strict";

(() => {
  const { el, number } = ClipLens;

  function wanted() {
    const match = /^#(\d{1,4}):(\d{1,8})$/.exec(location.hash);
    return match ? { layer: +match[1], neuron: +match[2] } : null;
  }

  /** A neuron's texts as bars on both sides of a line, right for what it speaks for. */
  function texts(title, what, rows, none) {
    const most = Math.max(1e-9, ...rows.map(row => Math.abs(row.weight))), onlyFor = rows.every(row => row.weight >= 0);
    return el("section", { class: "texts" }, el("h2", {}, title), el("p", { class: "note" }, what),
      rows.length === 0 ? el("p", { class: "none" }, none)
        : el("ol", { class: "bars" }, rows.map(row => el("li", {},
          el("a", { href: "search.html#" + new URLSearchParams({ q: row.text }), class: "word" }, row.text),
          onlyFor ? ClipLens.barFromLeft(row.weight, most) : ClipLens.bar(row.weight, most),
          el("span", { class: "figure" }, number(row.weight, 3))))));
  }

  function near(title, what, list) {
    return el("section", {}, el("h2", {}, title), el("p", { class: "note" }, what),
      el("ul", { class: "near" }, list.map(own => el("li", {}, el("a", { href: ClipLens.link(own.layer, own.neuron) },
        own.layer + ":" + own.neuron), " ", el("span", { class: "figure" }, number(own.cosine, 2)), el("small", {}, words(own))))));
  }

  /** What a neighbour is called, and its first words. */
  const words = own => [ClipLens.labels.of(own.layer, own.neuron)?.name, own.words?.join(", ")].filter(Boolean).join(": ");

  function heading(data, layer, run) {
    const step = (to, text, key) => el("a", { href: ClipLens.link(data.layer, (to + layer.count) % layer.count), rel: key,
      class: "step" }, text);
    const share = el("button", { type: "button", class: "step", onclick: async () => {
      const address = ClipLens.isLive ? location.origin + "/layer/" + data.layer + "/neuron/" + data.neuron : location.href;
      try { await navigator.clipboard.writeText(address); share.textContent = "Copied"; }
      catch { share.textContent = address; }
    } }, "Copy link");
    return el("div", { class: "heading" },
      el("h1", {}, "Neuron " + data.layer + ":" + data.neuron + " ", el("small", {}, "layer " + data.layer + " of " + run.model)),
      el("nav", { "aria-label": "Neurons" }, step(data.neuron - 1, "← Previous", "prev"), step(data.neuron + 1, "Next →", "next"),
        el("a", { class: "step", href: "map.html#" + data.layer + ":" + data.neuron }, "On the map"), share));
  }

  /** What a newcomer wants to know first: what its top images show, whether that is one thing, and how true its words are. */
  function inShort(data) {
    const groups = [...new Set((data.clusters ?? []).slice(0, 3).map(cluster => cluster.words[0]).filter(Boolean))], own = data.scores, said = [];
    if (groups.length) said.push(["Its top images show ", groups.map((name, i) => [i === 0 ? "" : i === groups.length - 1 ? " and " : ", ",
      el("b", {}, name)]), " (", el("a", { href: "#meanings", onclick: event => {
      event.preventDefault();
      document.getElementById("meanings").scrollIntoView();
    } }, "its meanings"), "). "]);
    else if (data.clusters) said.push("Its top images have no more in common to the model than images drawn at random. ");
    if (ClipLens.isNumber(own.truth)) {
      const isOther = own.truthCeiling < 0.6, part = (own.truth - own.truthFloor) / Math.max(0.02, own.truthCeiling - own.truthFloor);
      if (isOther) said.push("Where it acts is ", el("b", {}, "another matter than what it writes"), ": even its direction tells that no better than "
        + "chance (AUROC " + number(own.truthCeiling, 2) + " on held-out images).");
      else said.push("What it writes tells where it acts ", el("b", {}, part > 0.75 ? "about as well as can be" : part > 0.4 ? "better than chance"
        : part > 0.15 ? "a little better than chance" : "no better than chance"), ": AUROC " + number(own.truth, 2) + " on held-out images, chance "
        + number(own.truthFloor, 2) + ", possible " + number(own.truthCeiling, 2) + ".");
    }
    return said.length ? el("p", { class: "lead" }, said) : null;
  }

  let latest = 0;

  async function page() {
    const turn = ++latest;
    try {
      const [run] = await Promise.all([ClipLens.load("data/overview"), ClipLens.labels.loaded.catch(() => {})]), id = wanted();
      const layer = id && run.layers.find(own => own.layer === id.layer);
      if (!layer || id.neuron >= layer.count) throw new Error("The run has no such neuron; its layers are "
        + run.layers.map(own => own.layer + " (" + own.count + " neurons)").join(", ") + ".");
      const block = Math.floor(id.neuron / run.block);
      const data = (await ClipLens.load("data/neurons/" + id.layer + "-" + block))[id.neuron - block * run.block];
      if (turn !== latest) return;
      document.title = id.layer + ":" + id.neuron + " · ClipLens";
      ClipLens.show(heading(data, layer, run), inShort(data), ClipLens.neuronLabel(id.layer, id.neuron),
        el("div", { class: "columns" },
          data.acts ? texts("Acts on", "What in an image tells how strongly it acts.", data.acts, "No text describes it.") : null,
          texts("Writes", "What it adds to the model's output; to the left what it speaks against.", data.writes,
            "The run has no texts for it.")),
        ClipLens.topImages(data, run.live ? ClipLens.load("data/maps/" + id.layer + "-" + id.neuron) : null, run),
        data.portrait ? ClipLens.contrastImages(data.portrait, data.threshold, run) : null,
        ClipLens.meanings(data, run), ClipLens.neuronScores(data, layer), ClipLens.neuronRoutes(data, run),
        el("div", { class: "columns" },
          near("Nearest by direction", "Those that write most alike (cosine of the directions).", data.nearest),
          data.alike ? near("Nearest by behaviour", "Those that act on the same images (correlation of the sizes of their effects).",
            data.alike) : null));
      window.scrollTo(0, 0);
    }
    catch (error) {
      if (turn === latest) ClipLens.explain(error);
    }
  }

  document.addEventListener("keydown", event => {
    if (event.target.closest?.("input, select, textarea, dialog, [role=region]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const rel = event.key === "ArrowLeft" ? "prev" : event.key === "ArrowRight" ? "next" : null;
    if (rel) document.querySelector("a[rel=" + rel + "]")?.click();
  });
  window.addEventListener("hashchange", page);
  page();
})();
