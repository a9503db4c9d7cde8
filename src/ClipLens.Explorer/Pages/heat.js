"use strict";

// Heat over pictures, drawn into a small canvas that is stretched over them.
(() => {
  // From no colour where there is nothing to yellow where there is most, as the contact sheets are.
  const warm = value => {
    const t = value / 255;
    return [Math.min(255, 380 * t), Math.max(0, 255 * (1.6 * t - 0.6)), 60 * (1 - t), 235 * Math.sqrt(t)];
  };
  // Blue against, orange for.
  const twoSided = value => value < 0 ? [40, 110, 255, Math.min(235, -value)] : [255, 130, 20, Math.min(235, value)];

  function canvasOf(values, columns, rows, colour) {
    const canvas = ClipLens.el("canvas", { width: columns, height: rows, class: "heat", "aria-hidden": "true" });
    const context = canvas.getContext("2d"), pixels = context.createImageData(columns, rows);
    values.forEach((value, i) => pixels.data.set(colour(value), 4 * i));
    context.putImageData(pixels, 0, 0);
    return canvas;
  }

  ClipLens.heat = {
    /** Values from 0 to 255. */
    warm: (values, columns, rows = columns) => canvasOf(values, columns, rows, warm),
    /** Values around 0, the largest by size in the full colour. */
    signed: (values, columns, rows = columns) => {
      const most = Math.max(1e-12, ...values.map(Math.abs));
      return canvasOf(values.map(value => 255 * value / most), columns, rows, twoSided);
    },
    /** A mask: what is left out is dimmed. */
    mask: (values, threshold, columns, rows) => canvasOf(values, columns, rows, value => value > threshold ? [0, 0, 0, 0] : [10, 14, 18, 190]),
  };
})();
