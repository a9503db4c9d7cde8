"use strict";

// A picture with heat over it, in which a region can be drawn.
(() => {
  const { el } = ClipLens;

  /** The picture of an id. Whole, or square as the model sees it. onregion is told of a region in thousandths. */
  ClipLens.pictureView = function pictureView(id, name, onregion) {
    const image = el("img", { alt: name, src: "pictures/" + id + ".jpg", draggable: "false" });
    const frame = el("div", { class: "looked" }, image), said = el("p", { class: "note", role: "status" }, "");
    const box = el("span", { class: "region", hidden: true });
    frame.append(box);
    let from = null;
    const place = event => {
      const own = frame.getBoundingClientRect();
      return [Math.min(1, Math.max(0, (event.clientX - own.left) / own.width)), Math.min(1, Math.max(0, (event.clientY - own.top) / own.height))];
    };
    const regionOf = (a, b) => [Math.min(a[0], b[0]), Math.min(a[1], b[1]), Math.abs(a[0] - b[0]), Math.abs(a[1] - b[1])];
    function draw(region) {
      box.hidden = false;
      ["left", "top", "width", "height"].forEach((side, i) => box.style.setProperty(side, 100 * region[i] + "%"));
    }
    frame.addEventListener("pointerdown", event => { if (frame.classList.contains("square")) return; from = place(event); frame.setPointerCapture(event.pointerId); });
    frame.addEventListener("pointermove", event => { if (from) draw(regionOf(from, place(event))); });
    frame.addEventListener("pointerup", event => {
      if (!from) return;
      const region = regionOf(from, place(event));
      from = null;
      if (region[2] < 0.03 || region[3] < 0.03) { box.hidden = true; return; }
      onregion(region.map(value => Math.floor(1000 * value)));
    });

    return {
      node: el("div", {}, frame, said),
      /** Shows heat over the picture as the model sees it, or over all of it. */
      heat(canvas, text, isSquare) {
        image.src = "pictures/" + id + (isSquare ? "-square" : "") + ".jpg";
        frame.classList.toggle("square", isSquare);
        frame.querySelector("canvas")?.remove();
        box.hidden = true;
        if (canvas) frame.append(canvas);
        said.textContent = text;
      },
      draw: region => draw(region.map(value => value / 1000)),
    };
  };
})();
