"use strict";

// The account of a class as a graph: patches -> neurons -> heads -> class. The width of a line is its share; all shares add up.
(() => {
  const { el, number } = ClipLens;
  const NeuronsShown = 10, HeadsShown = 10, PatchesShown = 8;
  const Row = 34, Top = 26, X = { patch: 0, neuron: 140, head: 460, end: 710 }, Wide = { patch: 30, neuron: 196, head: 130, end: 130 };

  const sum = values => values.reduce((total, own) => total + own, 0);
  const bySize = (a, b) => Math.abs(b.share) - Math.abs(a.share);

  /** The rows of the graph's columns and the links between them. */
  function graphOf(data, name) {
    const neurons = data.neurons.slice(0, NeuronsShown), key = own => own.layer + "." + own.head;
    const heads = [...data.heads].sort(bySize).slice(0, HeadsShown), shownHeads = new Set(heads.map(key));
    const patches = data.neurons[0].patches.map((_, i) => ({ i, share: sum(neurons.map(own => own.patches[i])) })).sort(bySize).slice(0, PatchesShown);
    const part = (kind, text) => data.parts.find(own => own.kind === kind && own.name.startsWith(text)).share;
    const rest = [
      { id: "others", name: "all other neurons", share: part("second", "all other") + sum(data.neurons.slice(NeuronsShown).map(own => own.share)) },
      { id: "biases", name: "neurons' biases", share: part("second", "the neurons' shares") },
      { id: "none", name: "written by no neuron", share: part("rest", "what heads") },
    ];
    const otherHeads = sum(data.heads.filter(own => !shownHeads.has(key(own))).map(own => own.share));
    const direct = part("first", "class token") + part("first", "MLPs");
    const links = [];
    for (const own of neurons) {
      for (const patch of patches) links.push(["p" + patch.i, "n" + own.layer + ":" + own.neuron, own.patches[patch.i]]);
      let other = 0;
      for (const head of own.heads)
        if (shownHeads.has(key(head))) links.push(["n" + own.layer + ":" + own.neuron, "h" + key(head), head.share]);
        else other += head.share;
      links.push(["n" + own.layer + ":" + own.neuron, "hother", other]);
    }
    for (const head of heads) {
      const shown = sum(neurons.map(own => own.heads.find(way => key(way) === key(head))?.share ?? 0));
      links.push(["nothers", "h" + key(head), head.ofNeurons - shown], ["nnone", "h" + key(head), head.share - head.ofNeurons]);
      links.push(["h" + key(head), "end", head.share]);
    }
    links.push(["hother", "end", otherHeads], ["direct", "end", direct]);
    return { neurons, heads, patches, rest, otherHeads, direct, links, name, key };
  }

  function drawing(data, graph, id, choose) {
    const rows = { patch: graph.patches.length, neuron: graph.neurons.length + 3, head: graph.heads.length + 2 };
    const tall = Math.max(rows.patch, rows.neuron, rows.head) * Row + Top + 8, places = new Map(), nodes = [];
    const unit = 16 / Math.max(1e-9, ...graph.links.map(link => Math.abs(link[2])));
    const y = (column, i) => Top + (i + 0.5) * (tall - Top) / rows[column];
    const box = (column, i, key, text, share, extra = {}) => {
      places.set(key, [X[column], X[column] + Wide[column], y(column, i)]);
      nodes.push(el("g", { class: "node " + (extra.class ?? ""), tabindex: extra.act ? 0 : null, role: extra.act ? "button" : null,
        onclick: extra.act,
        onkeydown: event => { if (extra.act && (event.key === "Enter" || event.key === " ")) { event.preventDefault(); extra.act(); } } },
        el("rect", { x: X[column], y: y(column, i) - 12, width: Wide[column], height: 24, rx: 5 }),
        el("text", { x: X[column] + 8, y: y(column, i) + 4 }, text),
        el("text", { x: X[column] + Wide[column] - 8, y: y(column, i) + 4, "text-anchor": "end", class: "figure" }, number(share, 2))));
    };
    graph.patches.forEach((patch, i) => {
      const row = Math.floor(patch.i / data.grid), column = patch.i % data.grid, side = Wide.patch, size = 224 / data.grid;
      places.set("p" + patch.i, [X.patch, X.patch + side, y("patch", i)]);
      const crop = el("svg", { x: X.patch, y: y("patch", i) - side / 2, width: side, height: side,
        viewBox: [column * size, row * size, size, size].join(" ") }, el("image", { href: "pictures/" + id + "-square.jpg", width: 224, height: 224 }));
      nodes.push(el("g", { class: "node patch" }, crop, el("rect", { x: X.patch, y: y("patch", i) - side / 2, width: side, height: side })));
    });
    graph.neurons.forEach((own, i) => box("neuron", i, "n" + own.layer + ":" + own.neuron, own.layer + ":" + own.neuron, own.share,
      { act: () => choose(own) }));
    graph.rest.forEach((own, i) => box("neuron", graph.neurons.length + i, "n" + own.id, own.name, own.share, { class: "other" }));
    graph.heads.forEach((own, i) => box("head", i, "h" + graph.key(own), "head " + own.layer + "." + own.head, own.share));
    box("head", graph.heads.length, "hother", "other heads", graph.otherHeads, { class: "other" });
    box("head", graph.heads.length + 1, "direct", "not by heads", graph.direct, { class: "other" });
    places.set("end", [X.end, X.end + Wide.end, tall / 2]);
    nodes.push(el("g", { class: "node end" }, el("rect", { x: X.end, y: tall / 2 - 24, width: Wide.end, height: 48, rx: 6 }),
      el("text", { x: X.end + Wide.end / 2, y: tall / 2 - 4, "text-anchor": "middle" }, graph.name.length > 16 ? graph.name.slice(0, 15) + "…" : graph.name),
      el("text", { x: X.end + Wide.end / 2, y: tall / 2 + 15, "text-anchor": "middle", class: "figure" }, number(data.total, 2))));
    const lines = graph.links.filter(link => Math.abs(link[2]) * unit > 0.25 && places.has(link[0]) && places.has(link[1])).map(([from, to, share]) => {
      const [, x1, y1] = places.get(from), [x2, , y2] = places.get(to), middle = (x1 + x2) / 2;
      return el("path", { d: "M" + x1 + " " + y1 + "C" + middle + " " + y1 + " " + middle + " " + y2 + " " + x2 + " " + y2,
        class: share < 0 ? "against" : "for", "stroke-width": Math.max(0.6, Math.abs(share) * unit).toFixed(2) });
    });
    const heads = [["patch", "patches"], ["neuron", "neurons"], ["head", "heads"], ["end", "class"]].map(([column, text]) =>
      el("text", { x: X[column], y: 12, class: "columnhead" }, text));
    return el("svg", { viewBox: "-4 0 848 " + tall, class: "account", role: "group", "aria-label": "From patches through neurons and heads to the class" },
      heads, lines, nodes);
  }

  function table(data) {
    const total = sum(data.parts.map(part => part.share)), kinds = { first: "first-order", second: "second-order", rest: "the rest" };
    return el("table", { class: "parts" }, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Kind"), el("th", { scope: "col" }, "Part"),
      el("th", { scope: "col" }, "Share"))),
      el("tbody", {}, data.parts.map(part => el("tr", {}, el("th", { scope: "row" }, kinds[part.kind]), el("td", {}, part.name),
        el("td", { class: "figure" }, number(part.share, 2)))),
        el("tr", { class: "total" }, el("th", { scope: "row" }, "together"), el("td", {}, "the logit, 100 times the cosine"),
          el("td", { class: "figure" }, number(total, 2)))));
  }

  /** The account of a class. choose is told which neuron's patches to show. */
  ClipLens.account = (data, name, id, choose) => el("div", {},
    el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": "Graph of the account" }, drawing(data, graphOf(data, name), id, choose)),
    el("div", { class: "columns" }, el("div", {}, el("h3", {}, "All parts"), table(data)),
      el("div", {}, el("h3", {}, "The neurons"), el("ul", { class: "near" }, data.neurons.slice(0, 16).map(own => el("li", {},
        own.hasPage ? el("a", { href: ClipLens.link(own.layer, own.neuron) }, own.layer + ":" + own.neuron) : own.layer + ":" + own.neuron,
        el("span", { class: "figure" }, number(own.share, 2)),
        el("button", { type: "button", class: "small", onclick: () => choose(own) }, "where"), words(own)))))));

  function words(own) {
    const place = el("small", {});
    if (own.hasPage) ClipLens.load("data/layers/" + own.layer).then(layer => {
      const list = layer.acts && layer.acts[own.neuron].length ? layer.acts[own.neuron] : layer.writes[own.neuron];
      place.textContent = ClipLens.textsOf(layer, list, 3).map(text => (text.weight < 0 ? "−" : "") + text.text).join(", ");
    }).catch(() => {});
    return place;
  }
})();
