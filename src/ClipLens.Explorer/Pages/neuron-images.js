"use strict";

// The images of a neuron's page: its top images with its activation over them, those around its threshold, and random ones.
(() => {
  const { el, number, heat } = ClipLens;
  const Shown = 20;

  function figure(image, caption, label, enlarge) {
    return el("figure", {},
      el("button", { class: "tile", type: "button", "aria-label": "Enlarge " + label, onclick: event => enlarge(event.currentTarget, image) },
        ClipLens.picture(image.index, image.name)),
      el("figcaption", {}, el("span", {}, caption), " ", el("small", {}, image.name)));
  }

  /** A larger view of a tile, its map with it. */
  function enlarge(tile, image, opacity, context) {
    const copy = tile.cloneNode(true);
    copy.querySelectorAll("canvas").forEach((canvas, i) => canvas.getContext("2d").drawImage(tile.querySelectorAll("canvas")[i], 0, 0));
    const dialog = el("dialog", { "aria-label": image.name, onclose: () => dialog.remove(),
      onclick: event => { if (event.target === dialog) dialog.close(); } },
      el("div", { class: "tile large" }, ...copy.childNodes), el("p", {}, image.name),
      el("div", { class: "buttons" }, el("button", { type: "button", onclick: () => dialog.close() }, "Close"),
        context.live ? el("a", { class: "step", href: "picture.html#" + new URLSearchParams({ picture: image.index }) },
          "What does the model see in it?") : null));
    dialog.style.setProperty("--heat", opacity());
    document.body.append(dialog);
    dialog.showModal();
  }

  function controls(gallery, maps, figures) {
    const strength = el("input", { type: "range", id: "opacity", min: 10, max: 100, value: 70, disabled: true,
      "aria-label": "Opacity of the map", oninput: () => apply() });
    const toggle = el("input", { type: "checkbox", id: "maps", checked: true, disabled: true, onchange: () => apply() });
    const state = el("small", { role: "status" }, "working out the maps …");
    const apply = () => gallery.style.setProperty("--heat", opacity());
    const opacity = () => toggle.checked && !toggle.disabled ? strength.value / 100 : 0;
    maps.then(found => {
      found.maps.forEach((map, i) => figures[i]?.querySelector(".tile").append(heat.warm(map, found.grid)));
      toggle.disabled = strength.disabled = false;
      state.textContent = "from its smallest to its largest value on these images";
      apply();
    }).catch(error => { state.textContent = error.message; });
    return { opacity, node: el("p", { class: "control" }, el("label", { class: "check", for: "maps" }, toggle, "Activation map"), strength, state) };
  }

  /** The top images, with maps if there are any. */
  function top(data, maps, context) {
    let opacity = () => 0;
    const figures = data.images.slice(0, Shown).map((image, i) => figure(image, (i + 1) + ". " + number(data.norms[i], 2),
      "image " + (i + 1) + ", " + image.name, (tile, own) => enlarge(tile, own, opacity, context)));
    const gallery = el("div", { class: "gallery" }, figures);
    const control = maps ? controls(gallery, maps, figures) : null;
    if (control) opacity = control.opacity;
    return el("section", {}, el("h2", {}, "Top images"),
      el("p", { class: "note" }, "The images on which it adds most, with the size of what it adds in percent of the representation's length."),
      control?.node, gallery);
  }

  const small = (images, label, context) => el("div", { class: "gallery small" }, images.map(image => figure(image, number(image.norm, 2),
    label + ", " + image.name, (tile, own) => enlarge(tile, own, () => 0, context))));

  /** Images around the threshold and random ones: what its top images are to be seen beside. */
  function contrast(portrait, threshold, context) {
    return el("section", {}, el("h2", {}, "Beside its top images"),
      el("div", { class: "columns three" },
        el("div", {}, el("h3", {}, "Just above the threshold"), small(portrait.above, "Just above the threshold", context)),
        el("div", {}, el("h3", {}, "Just below (" + number(threshold, 2) + ")"), portrait.below.length
          ? small(portrait.below, "Just below the threshold", context) : el("p", { class: "none" }, "No image is below it.")),
        el("div", {}, el("h3", {}, "Drawn at random"), small(portrait.random, "Random", context))));
  }

  /** The groups of its top images that are alike to the model. */
  function clusters(data, context) {
    if (!data.clusters) return null;
    const grouped = data.clusters.reduce((sum, cluster) => sum + cluster.images.length, 0), all = data.images.length;
    return el("section", { id: "meanings" }, el("h2", {}, "Its meanings"),
      el("p", { class: "note" }, data.clusters.length === 0 ? "No two of its " + all + " top images are more alike to the model than images "
        + "drawn at random." : grouped + " of its " + all + " top images fall into " + ClipLens.count(data.clusters.length, "group")
        + " of images that are alike to the model, named by the nearest words. Polysemanticity " + number(data.scores.polysemanticity, 2)
        + ": 0 if all were alike, 1 is chance."),
      el("div", { class: "clusters" }, data.clusters.slice(0, 6).map(cluster => el("div", { class: "cluster" },
        el("p", {}, el("strong", {}, cluster.words.slice(0, 3).join(", ") || "a group"), " ", el("small", {},
          ClipLens.count(cluster.images.length, "image") + ", alike " + number(cluster.alike, 2))),
        el("div", { class: "strip six" }, cluster.images.slice(0, 6).map(place => {
          const image = data.images[place];
          return ClipLens.picture(image.index, image.name);
        }))))));
  }

  Object.assign(ClipLens, { topImages: top, contrastImages: contrast, meanings: clusters });
})();
