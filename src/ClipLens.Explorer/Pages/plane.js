"use strict";

// A map of points on a canvas: drag or arrow keys to move, wheel, pinch or + and - to come nearer, a pointer or Tab to name a point.
(() => {
  const { el } = ClipLens;
  const Nearest = 14, Closest = 200;

  /** A plane in a place of the page. points: { x, y } in 0 to 1; colours: an [r, g, b] for each. */
  ClipLens.plane = function plane(canvas, points, on) {
    const context = canvas.getContext("2d");
    const view = { scale: 1, x: 0.5, y: 0.5 };
    let colours = null, marked = -1, shown = null, scheduled = false, width = 0, height = 0, dots = null, cells = null;
    const xs = Float64Array.from(points.x), ys = Float64Array.from(points.y);
    let order = Uint32Array.from(xs, (_, i) => i);
    const grid = buckets(points);

    const side = () => Math.min(width, height) * 0.94 * view.scale;
    const toScreen = i => [width / 2 + (points.x[i] - view.x) * side(), height / 2 + (points.y[i] - view.y) * side()];

    function draw() {
      scheduled = false;
      if (width < 1 || height < 1 || !colours) return;
      const ratio = devicePixelRatio || 1;
      if (canvas.width !== Math.round(width * ratio)) { canvas.width = Math.round(width * ratio); canvas.height = Math.round(height * ratio); }
      paint(ratio);
    }

    /** Points are put straight into the pixels, which go to the canvas in one call: a few milliseconds for 36,864 of them. */
    function paint(ratio) {
      const w = canvas.width, h = canvas.height, own = side() * ratio;
      if (dots?.width !== w || dots?.height !== h) { dots = context.createImageData(w, h); cells = new Uint32Array(dots.data.buffer); }
      cells.fill(0);
      const size = Math.max(2, Math.min(9, Math.round((1.6 + 0.6 * Math.log2(view.scale + 1)) * ratio * (points.x.length > 12000 ? 0.9 : 1.5))));
      const left = w / 2 - view.x * own - size / 2 + 0.5, top = h / 2 - view.y * own - size / 2 + 0.5, { values } = colours;
      for (let place = 0; place < order.length; place++) {
        const i = order[place], x = Math.floor(left + xs[i] * own), y = Math.floor(top + ys[i] * own);
        if (x < 0 || y < 0 || x + size > w || y + size > h) continue;
        const value = values[i];
        for (let row = 0, at = y * w + x; row < size; row++, at += w)
          for (let k = at; k < at + size; k++) cells[k] = value;
      }
      context.putImageData(dots, 0, 0);
      if (marked >= 0) {
        const [x, y] = toScreen(marked);
        context.beginPath();
        context.arc(x * ratio, y * ratio, 8 * ratio, 0, 7);
        context.lineWidth = 3 * ratio;
        context.strokeStyle = getComputedStyle(canvas).color;
        context.stroke();
      }
    }

    const redraw = () => { if (!scheduled) { scheduled = true; requestAnimationFrame(draw); } };

    function near(x, y) {
      const px = view.x + (x - width / 2) / side(), py = view.y + (y - height / 2) / side(), reach = Nearest / side();
      let best = -1, least = reach * reach;
      grid.around(px, py, reach, i => {
        const far = (points.x[i] - px) ** 2 + (points.y[i] - py) ** 2;
        if (far < least) [best, least] = [i, far];
      });
      return best;
    }

    function zoom(factor, x = width / 2, y = height / 2) {
      const before = side();
      view.scale = Math.min(Closest, Math.max(0.8, view.scale * factor));
      const after = side();
      view.x += (x - width / 2) * (1 / before - 1 / after);
      view.y += (y - height / 2) * (1 / before - 1 / after);
      redraw();
    }

    /** Moves by pixels. */
    function pan(x, y) {
      view.x -= x / side();
      view.y -= y / side();
      redraw();
    }

    function mark(i) {
      if (i === marked) return;
      marked = i;
      on.name(i, i < 0 ? null : toScreen(i));
      redraw();
    }

    const pointers = new Map();
    const place = event => { const box = canvas.getBoundingClientRect(); return [event.clientX - box.left, event.clientY - box.top]; };
    canvas.addEventListener("wheel", event => {
      event.preventDefault();
      zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.0016)), ...place(event));
    }, { passive: false });
    canvas.addEventListener("pointerdown", event => { pointers.set(event.pointerId, place(event)); canvas.setPointerCapture(event.pointerId); shown = place(event); });
    canvas.addEventListener("pointermove", event => {
      const now = place(event), before = pointers.get(event.pointerId);
      if (!before) { mark(near(...now)); return; }
      if (pointers.size === 2) {
        const other = [...pointers].find(([id]) => id !== event.pointerId)[1];
        zoom(Math.hypot(now[0] - other[0], now[1] - other[1]) / Math.max(1, Math.hypot(before[0] - other[0], before[1] - other[1])),
          (now[0] + other[0]) / 2, (now[1] + other[1]) / 2);
      }
      else pan(now[0] - before[0], now[1] - before[1]);
      pointers.set(event.pointerId, now);
    });
    const lift = event => {
      const now = place(event);
      pointers.delete(event.pointerId);
      if (event.type === "pointerup" && shown && Math.hypot(now[0] - shown[0], now[1] - shown[1]) < 5) {
        const i = near(...now);
        if (i >= 0 && (event.pointerType !== "touch" || i === marked)) on.open(i);
        else mark(i);
      }
    };
    canvas.addEventListener("pointerup", lift);
    canvas.addEventListener("pointercancel", lift);
    canvas.addEventListener("keydown", event => {
      const step = 40 / side(), moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
      if (moves[event.key]) { view.x += moves[event.key][0]; view.y += moves[event.key][1]; redraw(); mark(near(width / 2, height / 2)); }
      else if (event.key === "+" || event.key === "=") zoom(1.3);
      else if (event.key === "-") zoom(1 / 1.3);
      else if (event.key === "Enter" && marked >= 0) on.open(marked);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });

    new ResizeObserver(() => { width = canvas.clientWidth; height = canvas.clientHeight; redraw(); }).observe(canvas);
    [width, height] = [canvas.clientWidth, canvas.clientHeight];

    return {
      /** values: a packed pixel for each point; strong: 1 for those that are drawn last, if some are. */
      colour(next) {
        colours = next;
        order = Uint32Array.from(xs, (_, i) => i);
        if (next.strong) order.sort((a, b) => next.strong[a] - next.strong[b] || a - b);
        redraw();
      },
      /** Goes to a point, so near that some hundreds are in sight. */
      go(i) { [view.x, view.y, view.scale] = [points.x[i], points.y[i], Math.min(12, Math.max(1.5, Math.sqrt(xs.length / 500)))]; mark(i); redraw(); },
      reset() { [view.x, view.y, view.scale] = [0.5, 0.5, 1]; redraw(); },
      zoom,
      pan,
      /** Paints at once; for who measures how long that takes. */
      paintNow: draw,
    };
  };

  /** Points by squares of the plane, so that the nearest is found without looking at all. */
  function buckets(points) {
    const Side = 96, squares = Array.from({ length: Side * Side }, () => []), at = value => Math.min(Side - 1, Math.max(0, Math.floor(value * Side)));
    for (let i = 0; i < points.x.length; i++) squares[at(points.y[i]) * Side + at(points.x[i])].push(i);
    return { around(x, y, reach, visit) {
      for (let row = at(y - reach); row <= at(y + reach); row++)
        for (let column = at(x - reach); column <= at(x + reach); column++) squares[row * Side + column].forEach(visit);
    } };
  }

  /** A colour as it lies in the pixels. */
  ClipLens.pixel = (r, g, b, a = 255) => (a << 24 | b << 16 | g << 8 | r) >>> 0;
})();
