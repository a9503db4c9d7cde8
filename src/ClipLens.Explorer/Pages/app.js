"use strict";

// What all pages stand on: data and elements. Data come as scripts that call put or fail, so that the pages work from a server and from a
// folder alike. Texts become text nodes and nothing else.
const ClipLens = (() => {
  const values = new Map(), waiting = new Map();
  const Drawn = new Set(["svg", "g", "rect", "line", "path", "circle", "text", "image", "polyline"]);

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

  /** Forgets a value, so that it is loaded anew. */
  const forget = name => values.delete(name);

  /** What the page proves with that a change comes from it; empty in a report, which changes nothing. */
  const token = document.querySelector("meta[name=cliplens-token]").content;
  const isLive = token !== "" && location.protocol !== "file:";

  /** Asks the server; an answer that says why something cannot be done is thrown as an error. */
  async function ask(what, parameters = {}, body = undefined) {
    const query = new URLSearchParams(parameters).toString();
    let response;
    try {
      response = await fetch("api/" + what + (query ? "?" + query : ""), body === undefined ? {}
        : { method: "POST", body, headers: { "X-ClipLens": token } });
    }
    catch {
      throw new Error("The explorer does not answer; it may have been stopped.");
    }
    const answer = await response.json().catch(() => ({ error: "The explorer does not answer (" + response.status + ")." }));
    if (!response.ok) throw new Error(answer.error ?? "The explorer does not answer (" + response.status + ").");
    return answer;
  }

  /** An element with attributes, listeners (on...) and children; children are elements or texts. */
  function el(tag, attributes = {}, ...children) {
    const node = Drawn.has(tag) ? document.createElementNS("http://www.w3.org/2000/svg", tag) : document.createElement(tag);
    for (const [key, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : value);
    }
    node.append(...children.flat(Infinity).filter(child => child !== null && child !== undefined && child !== false));
    return node;
  }

  const isNumber = value => value !== null && value !== undefined;
  const percent = value => isNumber(value) ? (100 * value).toFixed(1) + " %" : "none";
  const signed = (value, digits) => (value < 0 ? "−" : "") + Math.abs(value).toFixed(digits);
  const number = (value, digits = 3) => isNumber(value) ? signed(value, digits) : "none";
  const count = (value, one) => value.toLocaleString("en") + " " + one + (value === 1 ? "" : "s");
  const link = (layer, neuron) => "neuron.html#" + layer + ":" + neuron;

  /** Puts the page's content in place of what is there. */
  const show = (...nodes) => document.getElementById("main").replaceChildren(...nodes.flat(Infinity).filter(Boolean));

  /** Says what went wrong. */
  const explain = error => show(el("div", { class: "trouble", role: "alert" }, el("h1", {}, "This cannot be shown"),
    el("p", {}, error.message)));

  return { put: (name, value) => settle(name, "resolve", value), fail: (name, sentence) => settle(name, "reject", new Error(sentence)),
    load, forget, ask, token, isLive, el, isNumber, percent, number, signed, count, link, show, explain };
})();
