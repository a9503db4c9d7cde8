"use strict";

// Shared by all pages. Data come as scripts that call put or fail, so that the pages work from a server and from a folder alike.
// Texts become text nodes and nothing else.
const ClipLens = (() => {
  const values = new Map(), waiting = new Map();

  function settle(name, how, value) {
    const waiter = waiting.get(name);
    if (waiter) waiter[how](value);
  }

  /** The value of a data file, such as "data/layers/9". */
  function load(name) {
    if (!values.has(name)) {
      values.set(name, new Promise((resolve, reject) => {
        waiting.set(name, { resolve, reject });
        const script = document.createElement("script");
        script.src = name + ".js";
        script.addEventListener("error", () => reject(new Error("The file " + name + ".js cannot be loaded.")));
        document.head.append(script);
      }));
    }
    return values.get(name);
  }

  /** An element with attributes, listeners (on...) and children; children are elements or texts. */
  function el(tag, attributes = {}, ...children) {
    const svg = ["svg", "rect", "line", "path", "title"].includes(tag) && attributes.xml !== false;
    const node = svg ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false || key === "xml") continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat().filter(child => child !== null && child !== undefined));
    return node;
  }

  const percent = value => value === null || value === undefined ? "none" : (100 * value).toFixed(1) + " %";
  const number = (value, digits = 3) => value === null || value === undefined ? "none" : value.toFixed(digits);
  const count = (value, one) => value.toLocaleString("en") + " " + one + (value === 1 ? "" : "s");
  const link = (layer, neuron) => "neuron.html#" + layer + ":" + neuron;

  /** A picture of the dataset; its place stays empty where the image has gone. */
  function picture(index, text, lazy = true) {
    const image = el("img", { alt: text, width: 224, height: 224, loading: lazy ? "lazy" : null, src: "images/" + index + ".jpg" });
    image.addEventListener("error", () => image.replaceWith(el("span", { class: "gone", role: "img", "aria-label": text },
      "not there any more")));
    return image;
  }

  /** Bars of a histogram; the bin of a value may be marked. */
  function histogram(bins, label, marked) {
    const width = 240, height = 64, most = Math.max(1, ...bins.counts), step = width / bins.counts.length;
    const at = marked === undefined || marked === null ? -1
      : Math.min(bins.counts.length - 1, Math.max(0, Math.floor((marked - bins.low) / (bins.high - bins.low || 1) * bins.counts.length)));
    return el("svg", { viewBox: "0 0 " + width + " " + height, class: "histogram", role: "img", "aria-label": label,
      preserveAspectRatio: "none" },
      bins.counts.map((value, i) => {
        const tall = value === 0 ? 0 : Math.max(1.5, value / most * (height - 2));
        return el("rect", { x: i * step + 0.5, y: height - tall, width: step - 1, height: tall, class: i === at ? "marked" : null });
      }));
  }

  /** A neuron as a card: pictures, texts, figures. Texts: { text, weight }. */
  function card(neuron) {
    const line = (name, texts) => texts && texts.length > 0
      ? el("p", { class: "line" }, el("span", { class: "kind" }, name), " ",
        texts.map(own => (own.weight < 0 ? "−" : "") + own.text).join(", ")) : null;
    const name = "Neuron " + neuron.neuron + " of layer " + neuron.layer;
    return el("a", { class: "card", href: link(neuron.layer, neuron.neuron) },
      el("div", { class: "strip" }, neuron.images.map(image => picture(image, ""))),
      el("p", { class: "name" }, el("strong", {}, neuron.layer + ":" + neuron.neuron), el("span", { class: "hidden" }, name),
        el("span", { class: "figure" }, percent(neuron.variance) + " explained")),
      line("acts on", neuron.acts), line("writes", neuron.writes));
  }

  /** Puts the page's content in place of what is there. */
  const show = (...nodes) => document.getElementById("main").replaceChildren(...nodes.flat().filter(Boolean));

  /** Says what went wrong. */
  const explain = error => show(el("div", { class: "trouble", role: "alert" }, el("h1", {}, "This cannot be shown"),
    el("p", {}, error.message)));

  function startSearch() {
    const form = document.getElementById("find"), query = document.getElementById("query");
    form.addEventListener("submit", event => {
      event.preventDefault();
      const words = query.value.trim(), neuron = /^(\d{1,4})\s*:\s*(\d{1,8})$/.exec(words);
      const to = neuron ? link(+neuron[1], +neuron[2]) : "search.html#" + new URLSearchParams({ q: words });
      location.assign(to);
    });
    document.addEventListener("keydown", event => {
      const typing = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName);
      if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey && !event.altKey) {
        event.preventDefault();
        query.focus();
        query.select();
      }
      else if (event.key === "Escape" && document.activeElement === query) query.blur();
    });
    // The address behind # names what is shown, so the link within the page must not change it.
    document.getElementById("skip").addEventListener("click", event => {
      event.preventDefault();
      document.getElementById("main").focus();
    });
  }

  document.addEventListener("DOMContentLoaded", startSearch);
  return { put: (name, value) => settle(name, "resolve", value), fail: (name, sentence) => settle(name, "reject", new Error(sentence)),
    load, el, percent, number, count, link, picture, histogram, card, show, explain };
})();
