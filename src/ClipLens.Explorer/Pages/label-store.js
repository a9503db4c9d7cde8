"use strict";

// What people say of neurons: names, notes, stars. Pages of a report show them, live pages change them.
(() => {
  let known = {};
  const key = (layer, neuron) => layer + ":" + neuron;
  const loaded = ClipLens.load("data/labels").then(labels => { known = labels; });

  ClipLens.labels = {
    /** Fulfilled once the labels are there; an error of theirs is told where they are shown. */
    loaded,
    of: (layer, neuron) => known[key(layer, neuron)],
    all: () => known,
    /** Writes a label; { label, written: false } if another page has changed it meanwhile. */
    async write(layer, neuron, label) {
      const answer = await ClipLens.ask("labels", {}, JSON.stringify({ layer, neuron, ...label }));
      known[key(layer, neuron)] = answer.label;
      return answer;
    },
    async merge(file) {
      const answer = await ClipLens.ask("labels/merge", {}, file);
      ClipLens.forget("data/labels");
      known = await ClipLens.load("data/labels");
      return answer.merged;
    },
  };
})();
