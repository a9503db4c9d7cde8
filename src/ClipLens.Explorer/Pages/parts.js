"use strict";

// Parts that several pages are made of: pictures, histograms, bars, cards.
(() => {
  const { el, percent, link } = ClipLens;

  /** A picture of the dataset; its place stays empty where the image has gone. */
  function picture(index, text, lazy = true) {
    const image = el("img", { alt: text, width: 224, height: 224, loading: lazy ? "lazy" : null, decoding: "async",
      src: "images/" + index + ".jpg" });
    image.addEventListener("error", () => image.replaceWith(el("span", { class: "gone", role: "img",
      "aria-label": text || "an image that is not there any more" }, "not there any more")));
    return image;
  }

  /** Bars of a histogram; the bin of a value may be marked, and a line drawn at another. */
  function histogram(bins, label, marked, lineAt) {
    const width = 240, height = 64, most = Math.max(1, ...bins.counts), step = width / bins.counts.length;
    const place = value => (value - bins.low) / (bins.high - bins.low || 1);
    const at = !ClipLens.isNumber(marked) ? -1
      : Math.min(bins.counts.length - 1, Math.max(0, Math.floor(place(marked) * bins.counts.length)));
    const x = ClipLens.isNumber(lineAt) ? Math.min(width, Math.max(0, place(lineAt) * width)) : null;
    return el("svg", { viewBox: "0 0 " + width + " " + height, class: "histogram", role: "img", "aria-label": label,
      preserveAspectRatio: "none" },
      bins.counts.map((value, i) => {
        const tall = value === 0 ? 0 : Math.max(1.5, value / most * (height - 2));
        return el("rect", { x: i * step + 0.5, y: height - tall, width: step - 1, height: tall, class: i === at ? "marked" : null });
      }), x === null ? null : el("line", { x1: x, x2: x, y1: 0, y2: height, class: "threshold" }));
  }

  /** A bar on both sides of a middle line, right for what is above 0. */
  const bar = (value, most) => el("svg", { viewBox: "-100 0 200 10", preserveAspectRatio: "none", "aria-hidden": "true", class: "bar" },
    el("rect", { x: value < 0 ? -100 * Math.abs(value) / most : 0, y: 1, width: 100 * Math.abs(value) / most, height: 8,
      class: value < 0 ? "against" : "for" }),
    el("line", { x1: 0, x2: 0, y1: 0, y2: 10 }));

  /** The same from the left, where all values are above 0. */
  const barFromLeft = (value, most) => el("svg", { viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true", class: "bar" },
    el("rect", { x: 0, y: 1, width: 100 * Math.max(0, value) / most, height: 8, class: "for" }));

  /** A neuron as a card: pictures, what people call it, texts, a figure. Texts: { text, weight }. */
  function card(neuron, options = {}) {
    const signOf = own => own.weight < 0 ? "−" : "";
    const line = (name, texts) => texts && texts.length > 0
      ? el("p", { class: "line" }, el("span", { class: "kind" }, name), " ",
        el("span", {}, texts.flatMap((own, i) => [i ? ", " : "", own.hit ? el("b", {}, signOf(own) + own.text) : signOf(own) + own.text]))) : null;
    const label = ClipLens.labels?.of(neuron.layer, neuron.neuron);
    const body = [
      el("div", { class: "strip" }, neuron.images.slice(0, 4).map(image => picture(image, ""))),
      el("p", { class: "name" }, el("strong", {}, neuron.layer + ":" + neuron.neuron),
        label?.star ? el("span", { class: "star", title: "starred" }, "★") : null,
        el("span", { class: "hidden" }, "Neuron " + neuron.neuron + " of layer " + neuron.layer),
        el("span", { class: "figure" }, neuron.figure ?? percent(neuron.variance) + " explained")),
      label?.name ? el("p", { class: "given" }, label.name) : null,
      line("acts on", neuron.acts), line("writes", neuron.writes)];
    return options.plain ? el("div", { class: "card" }, body)
      : el("a", { class: "card", href: link(neuron.layer, neuron.neuron) }, body);
  }

  /** Texts of a layer's data as a card takes them: the first, and of the others those that answer a search by a whole word, as ClipLens.answers finds them. */
  const textsOf = (layer, list, most, hits) => list?.map(text => ({ text: layer.words[text < 0 ? ~text : text], weight: text < 0 ? -1 : 1,
    hit: hits?.get(text < 0 ? ~text : text) < 2 })).filter((own, i) => i < most || own.hit);

  /** A neuron of a layer's data as a card takes it. */
  const neuronOf = (layer, neuron, hits) => ({ layer: layer.layer, neuron, variance: layer.variance[neuron], images: layer.images[neuron],
    acts: textsOf(layer, layer.acts?.[neuron], 6, hits), writes: textsOf(layer, layer.writes[neuron], 6, hits) });

  Object.assign(ClipLens, { picture, histogram, bar, barFromLeft, card, textsOf, neuronOf });
})();
