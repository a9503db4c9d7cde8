"use strict";

(() => {
  const { el, number, percent, heat, ask } = ClipLens;
  // What the server takes; it refuses more without reading it.
  const MostBytes = 24 * 2 ** 20;
  const state = () => Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const go = changes => {
    const next = { ...state(), ...changes };
    for (const key of Object.keys(next)) if (!next[key]) delete next[key];
    location.hash = new URLSearchParams(next);
  };

  const answers = new Map();

  /** Asks once: a page that is filled anew, because another class was chosen, asks for nothing that it has. */
  function once(what, parameters) {
    const key = what + "?" + new URLSearchParams(parameters);
    if (!answers.has(key)) {
      const answer = ask(what, parameters);
      answers.set(key, answer);
      answer.then(own => { if (own.waiting) answers.delete(key); }, () => answers.delete(key));
    }
    return answers.get(key);
  }

  async function upload(file, said) {
    if (!file) return;
    if (file.size > MostBytes) { said.textContent = "The file is too large; give one of at most " + MostBytes / 2 ** 20 + " MB."; return; }
    said.textContent = "The picture is being read …";
    try {
      const answer = await ask("pictures", {}, file);
      go({ picture: answer.id, class: "", region: "" });
    }
    catch (error) { said.textContent = error.message; }
  }

  /** Where a picture is chosen: dropped, from a file, or an image of the run. */
  function chooser(run, open) {
    const said = el("p", { role: "status", class: "note" }, "");
    const input = el("input", { type: "file", id: "file", accept: "image/*", onchange: () => upload(input.files[0], said) });
    const drop = el("div", { class: "drop" }, el("label", { for: "file" }, "Drop a picture here, or choose one"), input, said);
    drop.addEventListener("dragover", event => { event.preventDefault(); drop.classList.add("over"); });
    drop.addEventListener("dragleave", () => drop.classList.remove("over"));
    drop.addEventListener("drop", event => { event.preventDefault(); drop.classList.remove("over"); upload(event.dataTransfer.files[0], said); });
    const some = Array.from({ length: Math.min(12, run.images) }, (_, i) => Math.floor((i + 0.5) * run.images / Math.min(12, run.images)));
    return el("details", { class: "choose", open }, el("summary", {}, "Choose a picture"), drop,
      el("p", { class: "note" }, "It stays on this machine and is forgotten when the explorer ends. Or one of the run's images:"),
      el("div", { class: "strip twelve" }, some.map(image => el("button", { type: "button", class: "tile", "aria-label": "Image " + image,
        onclick: () => go({ picture: String(image), class: "", region: "" }) }, ClipLens.picture(image, "")))));
  }

  function predictions(answer, chosen, redo) {
    if (answer.waiting) {
      setTimeout(redo, 1500);
      return el("p", { class: "note", role: "status" }, "The classes' names are being embedded: " + answer.done + " of " + answer.all + " texts.");
    }
    if (answer.total === 0) return el("p", { class: "note" }, "No classes were given. Type some above, or start the explorer with --classes.");
    const most = Math.max(1e-9, ...answer.classes.map(own => own.share ?? 0));
    const figure = share => answer.alone && share < 0.0005 ? "< 0.1 %" : percent(share);
    const list = el("ol", { class: "bars predicted" }, answer.classes.map(own => el("li", { class: own.name === chosen ? "chosen" : null },
      el("button", { type: "button", class: "word", "aria-pressed": String(own.name === chosen), onclick: () => go({ class: own.name }) }, own.name),
      ClipLens.barFromLeft(own.share ?? 0, most), el("span", { class: "figure" }, figure(own.share)))));
    return answer.alone ? el("div", {}, list, el("p", { class: "note" }, "This model was trained to judge every class by itself (a sigmoid), so "
      + "the figures do not add up to 100 %, and all of them may be small.")) : list;
  }

  function concepts(answer, view) {
    if (answer.concepts.length === 0) return el("p", { class: "none" }, "The run has no texts for it.");
    return el("ul", { class: "concepts" }, answer.concepts.map(concept => el("li", {},
      el("button", { type: "button", class: "word", onclick: () => view.heat(heat.signed(concept.patches, answer.grid),
        "Where the significant neurons get “" + concept.text + "” from.", true) }, concept.text),
      " ", el("small", {}, [concept.place, concept.same.join(", ")].filter(Boolean).join(" · ")),
      el("span", { class: "behind" }, concept.neurons.slice(0, 4).map(own => el("a", { href: ClipLens.link(own.layer, own.neuron) },
        own.layer + ":" + own.neuron))))));
  }

  /** Fills a place of the page once an answer has come; an error is said there. */
  async function fill(place, asked, make) {
    place.replaceChildren(el("p", { class: "note", role: "status" }, "Working …"));
    try { place.replaceChildren(...[make(await asked)].flat().filter(Boolean)); }
    catch (error) { place.replaceChildren(el("p", { role: "alert", class: "caution" }, error.message)); }
  }

  function ownClasses(wanted) {
    const input = el("input", { id: "classes", value: wanted.classes ?? "", placeholder: "dog, wolf, fox", autocomplete: "off" });
    return el("form", { class: "inline", onsubmit: event => { event.preventDefault(); go({ classes: input.value, class: "" }); } },
      el("label", { for: "classes" }, "Or your own classes"), input, el("button", { type: "submit" }, "Tell apart"));
  }

  function classForm(id, label, button, value, act, extra) {
    const input = el("input", { id, value, autocomplete: "off", required: true });
    return el("form", { class: "inline", onsubmit: event => { event.preventDefault(); act(input.value); } },
      el("label", { for: id }, label), input, extra ?? null, el("button", { type: "submit" }, button));
  }

  function accountSection(wanted, view) {
    const place = el("div", {}), against = el("select", { id: "against", "aria-label": "Compared with" },
      el("option", { value: "" }, "its logit"), el("option", { value: "*", selected: wanted.against === "*" }, "its lead over the mean of the classes"),
      wanted.against && wanted.against !== "*" ? el("option", { value: wanted.against, selected: true }, "its lead over " + wanted.against) : null);
    const show = async () => fill(place, once("account", { picture: wanted.picture, class: wanted.class, against: wanted.against ?? "" }), data =>
      ClipLens.account(data, wanted.class, wanted.picture, own => {
        view.heat(heat.signed(own.patches, data.grid), "What neuron " + own.layer + ":" + own.neuron + " gets from each patch for “" + wanted.class
          + "”: orange for, blue against; " + number(own.classToken, 2) + " comes from the class token.", true);
        view.node.scrollIntoView({ block: "nearest" });
      }));
    if (wanted.class) show();
    return el("section", {}, el("h2", {}, "Why this class?"),
      el("p", { class: "note" }, "An exact account: what patches give to neurons, neurons to heads, and heads to the class, in percent of the length "
        + "of the representation. Everything adds up to the class's logit. Choose a neuron to see its patches."),
      classForm("class", "Class", "Account for it", wanted.class ?? "", name => go({ class: name, against: against.value }), against), place);
  }

  function segmentSection(wanted, view) {
    const place = el("div", {});
    const show = name => fill(place, ask("segment", { picture: wanted.picture, class: name }), data => {
      view.heat(heat.mask(data.heat, data.threshold, data.width, data.height), "“" + name + "”: what is bright. " + (data.present ? ""
        : "It does not seem to be in the picture" + (data.presence === null ? "." : " (" + number(data.presence, 1) + " standard deviations above the "
        + "words of the pool).")), false);
      return [el("p", {}, "The mask is over the picture. ", el("button", { type: "button", class: "small", onclick: () => view.heat(heat.warm(data.heat, data.width,
        data.height), "Heat of “" + name + "”.", false) }, "Show the heat"), " Neurons behind it: ",
      data.neurons.map(own => [el("a", { href: ClipLens.link(own.layer, own.neuron) }, own.layer + ":" + own.neuron), " "]).flat())];
    });
    return el("section", {}, el("h2", {}, "Where is it?"), classForm("segment", "Class or any words", "Find it", wanted.class ?? "", show), place);
  }

  function likeSection(wanted) {
    const place = el("div", {});
    fill(place, once("like", { picture: wanted.picture, ...(wanted.region ? { region: wanted.region } : {}) }), answer =>
      el("div", { class: "cards" }, answer.neurons.slice(0, 12).map(own => ClipLens.card({ ...own.card, figure: "cosine " + number(own.cosine, 2) }))));
    const fields = (wanted.region ?? "0,0,1000,1000").split(",").map((value, i) => el("input", { type: "number", min: 0, max: 100, step: 1,
      value: Math.round(value / 10), "aria-label": ["left", "top", "width", "height"][i] + " in percent" }));
    return el("section", {}, el("h2", {}, wanted.region ? "Neurons for this part" : "Neurons for such pictures"),
      el("p", { class: "note" }, "Those whose top images are most like ", wanted.region ? "the part of the picture that you drew. " : "the picture. "
        + "Draw a region on it to search by that alone. ", wanted.region ? el("button", { type: "button", class: "small", onclick: () =>
        go({ region: "" }) }, "The whole picture") : null),
      el("details", {}, el("summary", {}, "A region in numbers"), el("form", { class: "inline", onsubmit: event => {
        event.preventDefault();
        go({ region: fields.map(field => Math.min(1000, Math.max(0, 10 * Math.round(field.value)))).join(",") });
      } }, el("span", {}, "Left, top, width, height, %"), fields, el("button", { type: "submit" }, "Search"))), place);
  }

  let shown = null;

  async function page() {
    try {
      const [run] = await Promise.all([ClipLens.load("data/overview"), ClipLens.labels.loaded.catch(() => {})]), wanted = state();
      if (!run.live || !ClipLens.isLive) throw new Error("Pictures need the model; open the run with cliplens explore.");
      document.title = "Picture · ClipLens";
      ask("state", { page: "picture" }).catch(() => {});
      if (!/^(u[0-9a-f]{16}|\d{1,8})$/.test(wanted.picture ?? "")) {
        ClipLens.show(el("h1", {}, "What does the model see?"), chooser(run, true));
        return;
      }
      const view = shown?.id === wanted.picture ? shown.view : ClipLens.pictureView(wanted.picture, "The picture", region => go({ region: region.join(",") }));
      shown = { id: wanted.picture, view };
      const seen = el("div", {}), told = el("div", {});
      const predict = () => fill(told, once("predict", { picture: wanted.picture, classes: wanted.classes ?? "" }), answer => {
        if (!wanted.class && !answer.waiting && answer.classes?.length) setTimeout(() => { if (!state().class)
          history.replaceState(null, "", "#" + new URLSearchParams({ ...state(), class: answer.classes[0].name })), page(); }, 0);
        return predictions(answer, wanted.class, predict);
      });
      const top = window.scrollY;
      ClipLens.show(el("h1", {}, "What does the model see?"), chooser(run, false),
        el("div", { class: "columns looking" }, el("div", {}, view.node, segmentSection(wanted, view)),
          el("div", {}, el("section", {}, el("h2", {}, "Taken for"), ownClasses(wanted), told),
            el("section", {}, el("h2", {}, "Seen in it"), el("p", { class: "note" }, "Words for what it sees, where, and the neurons behind."), seen))),
        accountSection(wanted, view), likeSection(wanted));
      window.scrollTo(0, top);
      if (wanted.region) view.draw(wanted.region.split(",").map(Number));
      predict();
      // Concepts look at every neuron's effect and take the longest by far, so they wait until the rest is told.
      const rest = [once("predict", { picture: wanted.picture, classes: wanted.classes ?? "" }), once("like", { picture: wanted.picture })];
      fill(seen, Promise.allSettled(rest).then(() => once("concepts", { picture: wanted.picture })), answer => concepts(answer, view));
    }
    catch (error) {
      ClipLens.explain(error);
    }
  }

  window.addEventListener("hashchange", page);
  page();
})();
