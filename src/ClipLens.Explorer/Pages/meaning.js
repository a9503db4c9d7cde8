"use strict";

// Search by meaning: live pages ask the model's text tower, a report compares short vectors of the pool's words and of the neurons.
(() => {
  const plain = text => text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "");

  const known = new WeakMap();

  /** The words as they are compared. A list of a layer is gone through for every search, so it is made plain once. */
  const plainWords = words => known.get(words) ?? known.set(words, words.map(plain)).get(words);

  /** How well each word answers the query: 0 all of it, 1 as whole words, 2 as beginnings of words; absent if not. */
  function answers(words, query) {
    const parts = plain(query).split(/\s+/).filter(Boolean), found = new Map(), all = parts.join(" "), list = plainWords(words);
    for (let place = 0; place < list.length; place++) {
      const text = list[place];
      if (!parts.every(part => text.includes(part))) continue;
      const own = text.split(/[^\p{L}\p{N}]+/u);
      if (text === all) found.set(place, 0);
      else if (parts.every(part => own.includes(part))) found.set(place, 1);
      else if (parts.every(part => own.some(other => other.startsWith(part)))) found.set(place, 2);
    }
    return found;
  }

  const unpack = text => new Int8Array(Uint8Array.from(atob(text), letter => letter.charCodeAt(0)).buffer);

  let packed = null;

  async function read(run) {
    if (packed) return packed;
    const data = await ClipLens.load("data/meaning");
    const tables = {};
    for (const name of ["acts", "writes", "images"]) tables[name] = data[name] ? unpack(data[name]) : null;
    const starts = run.layers.map((_, i) => run.layers.slice(0, i).reduce((sum, layer) => sum + layer.count, 0));
    return packed = { width: data.width, words: data.words, texts: unpack(data.texts), tables, starts, layers: run.layers.map(own => own.layer) };
  }

  /** The nearest neurons by one table, nearest first. */
  function nearest(data, table, direction, most) {
    const { width } = data, cosines = new Float32Array(table.length / width), found = [];
    for (let i = 0; i < cosines.length; i++) {
      let sum = 0, own = 0;
      for (let k = 0; k < width; k++) { const value = table[i * width + k]; sum += value * direction[k]; own += value * value; }
      cosines[i] = own > 0 ? sum / Math.sqrt(own) : -2;
    }
    // The least that is among the nearest, by a sort of bare numbers; only those get to be objects.
    const least = Math.max(-1.5, cosines.slice().sort()[Math.max(0, cosines.length - most)]);
    cosines.forEach((cosine, i) => { if (cosine >= least) found.push([cosine, i]); });
    return found.sort((a, b) => b[0] - a[0] || a[1] - b[1]).slice(0, most).map(([cosine, place]) => {
      const k = data.starts.findLastIndex(start => start <= place);
      return { layer: data.layers[k], neuron: place - data.starts[k], cosine };
    });
  }

  async function fromReport(query, run) {
    const data = await read(run), found = [...answers(data.words, query)].sort((a, b) => a[1] - b[1]);
    if (found.length === 0) return { unknown: true };
    const chosen = found.filter(([, how]) => how === found[0][1]).slice(0, 24), direction = new Float64Array(data.width);
    for (const [place] of chosen)
      for (let k = 0; k < data.width; k++) direction[k] += data.texts[place * data.width + k];
    const length = Math.hypot(...direction) || 1;
    direction.forEach((value, k) => { direction[k] = value / length; });
    const answer = { from: chosen.map(([place]) => data.words[place]) };
    for (const [name, table] of Object.entries(data.tables)) if (table) answer[name] = nearest(data, table, direction, 192);
    return answer;
  }

  /** The nearest neurons by what they act on, what they write and what their top images show. */
  ClipLens.meaning = async (query, run) => !query ? {} : run.live && ClipLens.isLive ? ClipLens.ask("search", { q: query.slice(0, 200) })
    : run.pool ? fromReport(query, run) : { unknown: true };

  Object.assign(ClipLens, { answers, plain });
})();
