"use strict";

(() => {
  const { el } = ClipLens;

  ClipLens.load("data/scores").then(data => {
    document.title = "Scores · ClipLens";
    ClipLens.show(el("h1", {}, data.title), el("p", { class: "lead" }, data.what),
      data.story && /^[a-z]+\.html$/.test(data.story) ? el("p", {}, el("a", { href: data.story }, "The whole story with its pictures")) : null,
      el("div", { class: "wide", tabindex: 0, role: "region", "aria-label": data.title }, el("table", {},
        el("thead", {}, el("tr", {}, ["Score, in percent", "ClipLens", "Baselines"].map(head => el("th", { scope: "col" }, head)))),
        el("tbody", {}, data.rows.map(row => {
          const best = Math.max(row.percent, ...row.baselines.map(own => own.percent)), figure = value => el(value >= best ? "strong" : "span", {}, value.toFixed(1));
          return el("tr", {}, el("th", { scope: "row" }, row.name), el("td", { class: "figure" }, figure(row.percent)),
            el("td", {}, row.baselines.map((own, i) => [i ? ", " : "", own.name, " ", figure(own.percent)])));
        })))));
  }).catch(ClipLens.explain);
})();
