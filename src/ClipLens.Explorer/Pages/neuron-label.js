"use strict";

// What a person says of a neuron: written a moment after the last key, and kept in the browser until the explorer has it.
(() => {
  const { el } = ClipLens;
  const Pause = 700;

  const draftKey = (layer, neuron) => "cliplens-draft:" + location.origin + ":" + layer + ":" + neuron;

  function readDraft(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  }

  function keepDraft(key, draft) {
    try { draft ? localStorage.setItem(key, JSON.stringify(draft)) : localStorage.removeItem(key); } catch { /* a browser without storage */ }
  }

  /** A label as a report shows it. */
  function shown(label) {
    return label && (label.name || label.note || label.star) ? el("section", { class: "label" },
      el("p", { class: "given" }, label.star ? "★ " : "", label.name), label.note ? el("p", {}, label.note) : null) : null;
  }

  function editor(layer, neuron) {
    const known = ClipLens.labels.of(layer, neuron) ?? { name: "", note: "", star: false, version: 0 };
    const key = draftKey(layer, neuron), draft = readDraft(key);
    let version = known.version, timer = 0, busy = false, dirty = false;
    const star = el("button", { type: "button", class: "star", "aria-pressed": String((draft ?? known).star), "aria-label": "Star",
      onclick: () => { star.setAttribute("aria-pressed", String(star.getAttribute("aria-pressed") !== "true")); changed(0); } }, "★");
    const name = el("input", { id: "label-name", maxlength: 120, autocomplete: "off", placeholder: "Name this neuron", oninput: () => changed(Pause),
      onblur: () => flush() });
    const note = el("textarea", { id: "label-note", rows: 1, maxlength: 8000, placeholder: "Notes", oninput: () => changed(Pause), onblur: () => flush() });
    const state = el("small", { role: "status" }, "");
    const read = () => ({ name: name.value, note: note.value, star: star.getAttribute("aria-pressed") === "true" });
    const write = label => { name.value = label.name; note.value = label.note; star.setAttribute("aria-pressed", String(label.star)); };
    write(draft ?? known);

    function changed(pause) {
      dirty = true;
      keepDraft(key, read());
      state.textContent = "not kept yet …";
      clearTimeout(timer);
      timer = setTimeout(flush, pause);
    }

    async function flush() {
      clearTimeout(timer);
      if (!dirty || busy) return;
      busy = true;
      dirty = false;
      try {
        const answer = await ClipLens.labels.write(layer, neuron, { ...read(), version });
        if (answer.written) { version = answer.label.version; if (!dirty) keepDraft(key, null); state.textContent = "Kept in the run's folder."; }
        else conflict(answer.label);
      }
      catch (error) {
        dirty = true;
        state.textContent = error.message + " What you wrote is kept in this browser.";
      }
      finally {
        busy = false;
        if (dirty && state.textContent.startsWith("Kept")) flush();
      }
    }

    /** Another page has written meanwhile: nothing is thrown away, the person chooses. */
    function conflict(theirs) {
      const choose = (text, label) => el("button", { type: "button", onclick: () => {
        version = theirs.version;
        write(label);
        state.replaceChildren();
        changed(0);
      } }, text);
      const mine = read();
      const both = { name: mine.name || theirs.name, star: mine.star || theirs.star,
        note: [mine.note, theirs.note, theirs.name !== mine.name && theirs.name ? "Also named: " + theirs.name : ""].filter((part, i, all) =>
          part && all.indexOf(part) === i).join("\n") };
      state.replaceChildren("Another page has changed this: “" + (theirs.name || theirs.note || "no name") + "”. ", choose("Keep both", both), " ",
        choose("Keep mine", mine), " ", choose("Take theirs", theirs));
    }

    window.addEventListener("pagehide", flush);
    if (draft) changed(0);
    return el("section", { class: "label", "aria-label": "Your label" }, el("div", { class: "naming" }, star,
      el("label", { class: "hidden", for: "label-name" }, "Name of the neuron"), name),
      el("label", { class: "hidden", for: "label-note" }, "Notes on the neuron"), note, state);
  }

  ClipLens.neuronLabel = (layer, neuron) => ClipLens.isLive ? editor(layer, neuron) : shown(ClipLens.labels.of(layer, neuron));
})();
