"use strict";
// Particles as shaded discs, drawn from back to front on a plain canvas: no WebGL, no evaluated code.
const particles = (() => {
  const BINS = 8, SPRITE = 96;

  function channels(colour) {
    return [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  }

  // A sphere lit from the upper left, the farther back the closer to the colour of the ground.
  function sprite(colour, depth, ground) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SPRITE;
    const pen = canvas.getContext("2d");
    const fade = 0.5 * depth;
    const mixed = (light) => "rgb(" + channels(colour).map((channel, k) => {
      const lit = light > 0 ? channel + (255 - channel) * light : channel * (1 + light);
      return Math.round(lit + (ground[k] - lit) * fade);
    }).join(",") + ")";
    const half = SPRITE / 2;
    const shade = pen.createRadialGradient(0.66 * half, 0.6 * half, 0.05 * half, 0.9 * half, 0.9 * half, 1.08 * half);
    shade.addColorStop(0, mixed(0.62));
    shade.addColorStop(0.35, mixed(0.1));
    shade.addColorStop(0.8, mixed(-0.28));
    shade.addColorStop(1, mixed(-0.55));
    pen.fillStyle = shade;
    pen.beginPath();
    pen.arc(half, half, half - 1, 0, 2 * Math.PI);
    pen.fill();
    return canvas;
  }

  function multiply(a, b) {
    return a.map((row) => [0, 1, 2].map((j) => row[0] * b[0][j] + row[1] * b[1][j] + row[2] * b[2][j]));
  }
  const aboutX = (t) => [[1, 0, 0], [0, Math.cos(t), -Math.sin(t)], [0, Math.sin(t), Math.cos(t)]];
  const aboutY = (t) => [[Math.cos(t), 0, Math.sin(t)], [0, 1, 0], [-Math.sin(t), 0, Math.cos(t)]];

  function viewer(canvas) {
    const pen = canvas.getContext("2d");
    let content = null, sprites = [], turn = aboutX(-1.3), zoom = 1;
    let extent = 1, order = null, depths = null, asked = false, alone = !matchMedia("(prefers-reduced-motion: reduce)").matches;
    turn = multiply(aboutY(0.35), turn);

    function ground() { return common.isDark() ? [26, 30, 36] : [255, 255, 255]; }

    function show(next) {
      content = next;
      extent = content.radius;
      const p = content.positions;
      for (let i = 0; i < p.length && !content.corners.length; i += 3) {
        extent = Math.max(extent, Math.hypot(p[i], p[i + 1], p[i + 2]) + content.radius);
      }
      for (const corner of content.corners) extent = Math.max(extent, 0.86 * Math.hypot(...corner));
      order = Uint32Array.from({ length: content.n }, (_, k) => k);
      depths = new Float32Array(content.n);
      paint();
    }

    function paint() {
      sprites = content.colours.map((colour) => Array.from({ length: BINS }, (_, k) => sprite(colour, k / (BINS - 1), ground())));
      request();
    }

    function request() {
      if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; draw(); }); }
    }

    function line(points, i, j, place, scale) {
      const [a, b] = [points[i], points[j]].map(place);
      pen.beginPath();
      pen.moveTo(a[0], a[1]);
      pen.lineTo(b[0], b[1]);
      pen.stroke();
    }

    function draw() {
      const ratio = Math.min(devicePixelRatio || 1, 2);
      const size = Math.round(canvas.clientWidth * ratio);
      if (!content || !size) return;
      if (canvas.width !== size) canvas.width = canvas.height = size;
      const scale = (0.5 * size * zoom) / extent;
      const place = ([x, y, z]) => {
        const [u, v, w] = turn.map((row) => row[0] * x + row[1] * y + row[2] * z);
        return [size / 2 + scale * u, size / 2 - scale * v, w];
      };
      const back = ground();
      pen.fillStyle = `rgb(${back.join(",")})`;
      pen.fillRect(0, 0, size, size);
      const seen = new Float32Array(2 * content.n);
      const p = content.positions;
      for (let k = 0; k < content.n; k++) {
        const [a, b, c] = place([p[3 * k], p[3 * k + 1], p[3 * k + 2]]);
        seen[2 * k] = a; seen[2 * k + 1] = b; depths[k] = c;
      }
      order.sort((a, b) => depths[a] - depths[b]);
      const low = depths[order[0]], high = depths[order[content.n - 1]];
      const radius = content.radius * scale;
      pen.strokeStyle = common.isDark() ? "#76818e" : "#8a939d";
      pen.lineWidth = ratio;
      const middle = (i, j) => place(content.corners[i])[2] + place(content.corners[j])[2];
      const edges = content.edges.map(([i, j]) => [i, j, middle(i, j)]);
      for (const [i, j, z] of edges) if (z < 0) line(content.corners, i, j, place);
      for (const k of order) {
        const depth = high > low ? (high - depths[k]) / (high - low) : 0;
        const image = sprites[content.codes[k]][Math.round(depth * (BINS - 1))];
        pen.drawImage(image, seen[2 * k] - radius, seen[2 * k + 1] - radius, 2 * radius, 2 * radius);
      }
      for (const [i, j, z] of edges) if (z >= 0) line(content.corners, i, j, place);
      canvas.dataset.turn = turn[0][0].toFixed(4) + "," + turn[1][1].toFixed(4);
    }

    function rotate(dx, dy) {
      turn = multiply(aboutX(dy), multiply(aboutY(dx), turn));
      request();
    }
    function scaleBy(factor) {
      zoom = Math.min(Math.max(zoom * factor, 0.4), 12);
      request();
    }
    const stop = () => { alone = false; };
    let last = null;
    canvas.addEventListener("pointerdown", (event) => { stop(); last = [event.clientX, event.clientY]; canvas.setPointerCapture(event.pointerId); });
    canvas.addEventListener("pointermove", (event) => {
      if (!last) return;
      rotate((event.clientX - last[0]) * 0.008, (event.clientY - last[1]) * 0.008);
      last = [event.clientX, event.clientY];
    });
    canvas.addEventListener("pointerup", () => { last = null; });
    canvas.addEventListener("pointercancel", () => { last = null; });
    canvas.addEventListener("wheel", (event) => { event.preventDefault(); stop(); scaleBy(Math.exp(-0.0012 * event.deltaY)); }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: [-0.1, 0], ArrowRight: [0.1, 0], ArrowUp: [0, -0.1], ArrowDown: [0, 0.1] };
      if (moves[event.key]) rotate(...moves[event.key]);
      else if (event.key === "+" || event.key === "=") scaleBy(1.15);
      else if (event.key === "-") scaleBy(1 / 1.15);
      else return;
      stop();
      event.preventDefault();
    });
    new ResizeObserver(request).observe(canvas);
    common.onTheme(() => { if (content) paint(); });
    // It turns slowly until somebody takes hold of it.
    setInterval(() => { if (alone && content && !document.hidden && canvas.clientWidth && content.n <= 3000) rotate(0.008, 0); }, 50);
    return { show };
  }
  return { viewer };
})();
