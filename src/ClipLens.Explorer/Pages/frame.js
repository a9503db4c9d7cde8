"use strict";

// The frame of every page: the links to the others, the search field, the keys.
(() => {
  const { el, link } = ClipLens;
  const Titles = { index: "Overview", search: "Search", map: "Map", picture: "Picture", cues: "Cues", compare: "Compare", scores: "Scores",
    labels: "Labels" };

  function startSearch() {
    const form = document.getElementById("find"), query = document.getElementById("query");
    form.addEventListener("submit", event => {
      event.preventDefault();
      const words = query.value.trim(), neuron = /^(\d{1,4})\s*:\s*(\d{1,8})$/.exec(words);
      location.assign(neuron ? link(+neuron[1], +neuron[2]) : "search.html#" + new URLSearchParams({ q: words }));
    });
    document.addEventListener("keydown", event => {
      const isTyping = /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement?.tagName);
      if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
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

  function startLinks() {
    const here = location.pathname.split("/").pop().replace(".html", "") || "index";
    ClipLens.load("data/overview").then(run => document.getElementById("pages").replaceChildren(
      ...run.pages.filter(page => Titles[page]).map(page => el("a", { href: page + ".html", "aria-current": page === here ? "page" : null },
        Titles[page])))).catch(() => {});
  }

  document.addEventListener("DOMContentLoaded", () => { startSearch(); startLinks(); });
})();
