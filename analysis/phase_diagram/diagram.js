"use strict";
// The interactive phase diagram, for the page and the dashboard: one glyph a point, its region, and
// what the reader has chosen. Of *.html of the data italics and sub- and superscripts are read.
const diagram = (() => {
  const MOST_PANELS = 12, MOST_REGIONS = 2000, NEIGHBOURS = 4, REACH = 2, STEP = 0.15;
  const FAINTEST = 0.1, FULLEST = 0.62, LEVELS = 6; // tint of a region at strength 0 and 1
  const HATCHED = -2; // code of a place where jobs fail
  const NARROW = 640, MANY = 4000; // many take long to draw: then one panel, and a slider
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const shortened = (text, most = 30) => (text.length > most ? text.slice(0, most - 1) + "…" : text);
  const words = (text) => text.replaceAll("_", " ");
  const channels = (colour) => [1, 3, 5].map((k) => parseInt(colour.slice(k, k + 2), 16));
  const rgb = (three) => `rgb(${three.map(Math.round).join(",")})`;
  const mixed = (colour, ground, share) => rgb(channels(colour).map((c, k) => share * c + (1 - share) * channels(ground)[k]));

  // Symbols with subscripts, element by element: never as HTML.
  function written(target, markup) {
    const marks = { "&amp;": "&", "&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'" };
    let at = target;
    target.replaceChildren();
    for (const [part, closes, tag] of markup.matchAll(/<(\/?)(i|sub|sup)>|[^<]+/g)) {
      if (tag && closes) at = at === target ? target : at.parentElement;
      else if (tag) { const inner = document.createElement(tag); at.append(inner); at = inner; }
      else at.append(part.replace(/&(amp|lt|gt|quot|#x27);/g, (entity) => marks[entity]));
    }
    return target;
  }

  // -- where something was computed: the same rules as in points.py -----------------------------

  const unique = (values) => [...new Set(values)].sort((a, b) => a - b);

  function scattered(places) {
    const n = places.length;
    const [across, up] = [0, 1].map((axis) => new Set(places.map((p) => p[axis])).size);
    if (2 * n >= across * up || n < 3) return false;
    if (Math.max(across, up) < n) return true;
    const along = across === n ? 0 : 1;
    const sorted = [...places].sort((a, b) => a[along] - b[along]);
    let steps = 0;
    for (let i = 1; i < n; i++) steps += Math.abs(sorted[i][1 - along] - sorted[i - 1][1 - along]);
    return steps > Math.max(STEP * n, 1.5);
  }

  // Boxes [[left, low], [right, high]] around points of the unit square.
  function reaches(places) {
    const boxes = places.map(() => [[0, 0], [1, 1]]);
    for (const axis of [0, 1]) {
      const values = unique(places.map((p) => p[axis]));
      const middles = [0, ...values.slice(1).map((v, k) => (v + values[k]) / 2), 1];
      if (values.length > 1) {
        middles[0] = Math.max(2 * values[0] - middles[1], 0);
        middles[values.length] = Math.min(2 * values[values.length - 1] - middles[values.length - 1], 1);
      }
      const at = new Map(values.map((v, k) => [v, k]));
      places.forEach((p, i) => {
        const k = at.get(p[axis]);
        boxes[i][0][axis] = middles[k];
        boxes[i][1][axis] = middles[k + 1];
      });
    }
    if (!scattered(places)) return { boxes, free: false };
    places.forEach((p, i) => {
      const near = places.map((q) => Math.hypot(q[0] - p[0], q[1] - p[1])).sort((a, b) => a - b).slice(1, NEIGHBOURS + 1);
      const reach = (REACH * near.reduce((a, b) => a + b, 0)) / near.length;
      for (const axis of [0, 1]) {
        boxes[i][0][axis] = Math.max(Math.min(boxes[i][0][axis], p[axis] - reach), 0);
        boxes[i][1][axis] = Math.min(Math.max(boxes[i][1][axis], p[axis] + reach), 1);
      }
    });
    return { boxes, free: true };
  }

  // The cell of each point as [x, y, neighbour beyond the edge that begins there].
  function cells(places) {
    const { boxes, free } = reaches(places);
    const rectangles = boxes.map(([[a, b], [c, d]]) => [[a, b, -1], [c, b, -1], [c, d, -1], [a, d, -1]]);
    if (!free) {
      const key = (x, y) => `${x.toFixed(9)},${y.toFixed(9)}`;
      const sides = new Map(); // middle of a left or lower side: whose it is
      boxes.forEach(([[a, b], [c, d]], i) => { sides.set("x" + key(a, (b + d) / 2), i); sides.set("y" + key((a + c) / 2, b), i); });
      boxes.forEach(([[a, b], [c, d]], i) => {
        rectangles[i][1][2] = sides.get("x" + key(c, (b + d) / 2)) ?? -1;
        rectangles[i][2][2] = sides.get("y" + key((a + c) / 2, d)) ?? -1;
      });
      return rectangles;
    }
    return rectangles.map((cell, i) => {
      let polygon = cell;
      const [x, y] = places[i];
      const reach = 2 * Math.max(...cell.map(([a, b]) => Math.hypot(a - x, b - y)));
      places.forEach(([u, v], j) => {
        if (j !== i && Math.hypot(u - x, v - y) <= reach) polygon = cut(polygon, [u - x, v - y], [(u + x) / 2, (v + y) / 2], j);
      });
      return polygon;
    });
  }

  // What of a polygon lies on this side of the line through `middle` across `normal`.
  function cut(polygon, normal, middle, beyond) {
    const depth = polygon.map(([x, y]) => (middle[0] - x) * normal[0] + (middle[1] - y) * normal[1]);
    if (depth.every((d) => d >= -1e-12)) return polygon;
    const kept = [];
    polygon.forEach((here, k) => {
      const next = (k + 1) % polygon.length, share = depth[k] / (depth[k] - depth[next]);
      const crossing = [here[0] + share * (polygon[next][0] - here[0]), here[1] + share * (polygon[next][1] - here[1])];
      if (depth[k] >= 0) kept.push(here);
      if (depth[k] >= 0 && depth[next] < 0) kept.push([...crossing, beyond]);
      if (depth[k] < 0 && depth[next] >= 0) kept.push([...crossing, here[2]]);
    });
    return kept;
  }

  // -- points: the jobs of a panel that lie at one place ----------------------------------------

  function pointsOf(data, x, y, jobs, column) {
    const places = new Map();
    for (const job of jobs) {
      if (x.values[job] === null || y.values[job] === null) continue;
      const key = `${x.values[job]},${y.values[job]}`;
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(job);
    }
    const codes = data.names[column].codes;
    const confidence = data.scales.find((scale) => scale.name === "confidence")?.values;
    return [...places.values()].map((members) => {
      members.sort((a, b) => data.method[a] - data.method[b] || data.replica[a] - data.replica[b]);
      const votes = new Map(), known = members.filter((job) => codes[job] >= 0);
      for (const job of known) {
        const vote = votes.get(codes[job]) ?? { n: 0, trust: 0, seconds: new Map() };
        const second = column === "label" ? data.second[job] : -1;
        vote.n += 1;
        vote.trust += column === "predicted_label" ? 1 : confidence?.[job] ?? 0.5;
        if (second >= 0) vote.seconds.set(second, (vote.seconds.get(second) ?? 0) + 1);
        votes.set(codes[job], vote);
      }
      const [code, best] = [...votes].sort(([, a], [, b]) => b.n + b.trust / (known.length + 1) - a.n - a.trust / (known.length + 1))[0] ?? [-1, null];
      const [second] = [...(best?.seconds ?? [])].sort(([, a], [, b]) => b - a)[0] ?? [-1];
      return { x: x.values[members[0]], y: y.values[members[0]], jobs: members, code, second, column,
        strength: best ? best.trust / known.length : 0 };
    });
  }

  const region = (point) => `${point.code}:${point.second}`;

  function stateOf(data, point) {
    const states = new Set(point.jobs.map((job) => data.states[data.state[job]]));
    for (const state of ["running", "failed"]) if (states.has(state)) return state;
    return [...states].some((state) => state === "done" || state === "unlabelled") ? "not labelled" : "not finished";
  }

  // -- the controls -----------------------------------------------------------------------------

  // `plot` and the elements with the ids x, y, colour, panels, methods, sliders, opacity, caption;
  // `look(light)` gives the colours, `hover` and `click` are told of points; `webgl` draws many of
  // them faster, by scripts made from text, which not every page allows.
  function start({ plot, look, hover, click, config, axisLook, baseLook, webgl = false }) {
    const at = (id) => document.getElementById(id);
    let data = null, chosen = {}, shown = [], stage = null; // null: the last one
    const option = (text, value) => new Option(text, value);
    const scaleOf = (name) => data.scales.find((scale) => scale.name === name);
    const pseudo = (scale) => scale && { ...scale, kind: "linear", categories: [], ticks: [] };
    const blank = () => ({ name: "", html: "", text: "–", kind: "linear", categories: [], values: data.ids.map(() => 0), ticks: [], range: [-1, 1], blank: true });
    const axisOf = (name) => (name === "" ? blank() : data.axes.find((axis) => axis.name === name) ?? pseudo(scaleOf(name)));
    const varying = () => data.axes.filter((axis) => axis.ticks.length > 1);
    const narrow = () => plot.clientWidth < NARROW;

    function fill(select, options, preferred) {
      const before = select.dataset.filled ? select.value : preferred;
      select.replaceChildren(...options);
      select.value = options.some((one) => one.value === before) ? before : (options[0]?.value ?? "");
      select.dataset.filled = "yes";
      select.parentElement.hidden = options.length < 2;
    }

    function choices() {
      const own = varying().filter((axis) => !axis.protocol);
      const axes = own.length ? own : data.axes.filter((axis) => !axis.protocol);
      const plain = () => varying().length ? varying().map((axis) => option(axis.text, axis.name)) : axes.map((axis) => option(axis.text, axis.name));
      const numbers = () => data.scales.filter((s) => s.name !== "confidence").map((s) => option(s.text, s.name));
      fill(at("x"), axes.length ? [...plain(), ...numbers()] : [option("–", ""), ...numbers()], axes[0]?.name ?? "");
      const values = data.scales.filter((s) => ["energy_per_particle", "pressure", "number_density"].includes(s.name)
        && new Set(s.values.filter((v) => v !== null)).size > 1);
      fill(at("y"), [...plain(), ...numbers(), option("–", "")], axes[1]?.name ?? (axes.length ? values[0]?.name : "") ?? "");
      const names = Object.entries(data.names).map(([name, { text }]) => option(text, name));
      fill(at("colour"), [...names, ...data.scales.map((s) => option(s.text, s.name))], "label");
      panelChoices();
      if (at("methods") && !at("methods").childElementCount && data.methods.length > 1) {
        at("methods").replaceChildren(...data.methods.map((method, k) => {
          const label = document.createElement("label"), box = document.createElement("input");
          Object.assign(box, { type: "checkbox", checked: true, value: String(k) });
          label.append(box, " " + words(method));
          return label;
        }));
      }
    }

    // What was known after a round: that which the slider says, else the last one.
    const stages = () => data.map?.stages ?? [];
    const then = () => stages()[stage ?? stages().length - 1];

    function caption() {
      const text = [data.caption, then()?.text].filter(Boolean).join(". ");
      written(at("caption"), text);
      at("caption").hidden = !text;
    }

    function panelChoices() {
      const others = varying().filter((axis) => ![at("x").value, at("y").value].includes(axis.name));
      const few = others.find((axis) => axis.protocol && axis.ticks.length <= MOST_PANELS)
        ?? (narrow() || data.ids.length > MANY ? null : others.find((axis) => axis.ticks.length <= 4));
      const compare = data.comparison.length ? [option("assembled, predicted, verdict", "comparison")] : [];
      const one = option(data.methods.length > 1 ? "one a method" : "one", "");
      fill(at("panels"), [...compare, one, ...others.map((axis) => option(axis.text, axis.name))], compare.length ? "comparison" : few?.name ?? "");
    }

    function sliders() {
      const taken = [at("x").value, at("y").value, at("panels").value];
      const others = varying().filter((axis) => !taken.includes(axis.name));
      for (const name of Object.keys(chosen)) if (!others.some((axis) => axis.name === name)) delete chosen[name];
      at("sliders").replaceChildren(...others.map((axis) => {
        if (!(axis.name in chosen)) chosen[axis.name] = axis.ticks[0].value;
        // what is no axis tells no replicas apart: there is no "all"
        return slider({ name: axis.name, text: axis.text, html: axis.html, low: axis.protocol ? 0 : -1, high: axis.ticks.length - 1,
          at: axis.ticks.findIndex((tick) => tick.value === chosen[axis.name]),
          say: (k) => (k < 0 ? "all" : axis.ticks[k].text),
          set: (k) => { chosen[axis.name] = k < 0 ? undefined : axis.ticks[k].value; } });
      }), ...rounds());
    }

    // The rounds of an adaptive campaign: points of those up to one, and what was known after it.
    function rounds() {
      const last = stages().length - 1;
      if (last < 1) { stage = null; return []; }
      if (stage >= last) stage = null;
      return [slider({ name: "round", text: "up to round", html: "up to round", low: 0, high: last, at: stage ?? last,
        say: (k) => String(stages()[k].round),
        set: (k) => { stage = k < last ? k : null; } })];
    }

    function slider({ name, text, html, low, high, at: now, say, set }) {
      const label = document.createElement("label"), input = document.createElement("input"), output = document.createElement("output");
      Object.assign(input, { type: "range", min: String(low), max: String(high), step: "1" });
      input.dataset.axis = name;
      input.setAttribute("aria-label", text);
      input.value = String(now);
      const told = () => { output.textContent = say(Number(input.value)); input.setAttribute("aria-valuetext", output.textContent); };
      told();
      input.addEventListener("input", () => { set(Number(input.value)); told(); draw(); });
      label.append(written(document.createElement("span"), html), input, output);
      return label;
    }

    // Methods, or what assembled, is predicted, and the verdict; of each the values of an axis.
    function panels(column) {
      const boxes = [...(at("methods")?.querySelectorAll("input") ?? [])];
      const off = new Set(boxes.filter((box) => !box.checked).map((box) => Number(box.value)));
      const by = at("panels").value;
      let base = data.methods.map((method, k) => ({ title: data.methods.length > 1 ? words(method) : "", column, methods: [k] }));
      if (by === "comparison") base = data.comparison.map((panel) => ({ ...panel, title: words(panel.title) }));
      base = base.map((panel) => ({ ...panel, methods: panel.methods.filter((k) => !off.has(k)) })).filter((panel) => panel.methods.length);
      if (data.axes.some((axis) => axis.name === "method.name") && by !== "comparison") base = [{ title: "", column, methods: data.methods.map((_, k) => k) }];
      const axis = by && by !== "comparison" ? axisOf(by) : null;
      const values = axis ? axis.ticks.slice(0, MOST_PANELS) : [null];
      return values.flatMap((tick) => base.map((panel, k) => ({ ...panel, base: k, tick,
        titles: [escaped(panel.title), tick ? `${axis.html} = ${escaped(tick.text)}` : ""].filter(Boolean).join(", "),
        holds: (job) => panel.methods.includes(data.method[job]) && (!tick || axis.values[job] === tick.value) })));
    }

    function wanted() {
      const fixed = Object.entries(chosen).filter(([, value]) => value !== undefined).map(([name, value]) => [axisOf(name).values, value]);
      const rounds = stage === null ? null : scaleOf("round")?.values; // what no round has chosen was there before
      return data.ids.map((_, job) => job).filter((job) => fixed.every(([values, value]) => values[job] === value)
        && (!rounds || rounds[job] === null || rounds[job] <= then().round));
    }

    const value = (axis, v) => (axis.kind === "log" ? 10 ** v : v);

    function rangeOf(axis) {
      if (axis.range) return axis.range;
      const known = axis.values.filter((v) => v !== null);
      const [low, high] = [known.reduce((a, b) => Math.min(a, b), Infinity), known.reduce((a, b) => Math.max(a, b), -Infinity)];
      const edge = high > low ? 0.06 * (high - low) : Math.max(0.1 * Math.abs(low), 0.05);
      return known.length ? [low - edge, high + edge] : [0, 1];
    }

    function regions(points, x, y, names, ground, paler) {
      const known = points.filter((point) => point.code >= 0);
      if (!x.range || !y.range || !known.length) return [];
      const [left, right] = x.range, [low, high] = y.band ?? y.range;
      const places = points.map((point) => [(point.x - left) / (right - left), (point.y - low) / (high - low)]);
      if (points.length > MOST_REGIONS && scattered(places)) return [];
      const shapes = cells(places);
      const onPaper = ([u, v]) => [value(x, left + u * (right - left)), value(y, low + v * (high - low))];
      const fills = new Map(), stripes = new Map(), lines = { x: [], y: [] }, hatched = { x: [], y: [] };
      const add = (map, key, polygon) => {
        if (!map.has(key)) map.set(key, { x: [], y: [] });
        outline(map.get(key), polygon);
      };
      const outline = (all, polygon) => {
        for (const corner of [...polygon, polygon[0]]) { const [a, b] = onPaper(corner); all.x.push(a); all.y.push(b); }
        all.x.push(null); all.y.push(null);
      };
      points.forEach((point, i) => {
        if (point.code === HATCHED) outline(hatched, shapes[i]);
        if (point.code < 0 || !shapes[i].length) return;
        const level = paler ? Math.round(point.strength * LEVELS) / LEVELS : 1;
        add(fills, `${point.code}:${level}`, shapes[i]);
        if (point.second >= 0) add(stripes, point.second, shapes[i]);
        shapes[i].forEach((corner, k) => {
          const beyond = points[corner[2]];
          if (!beyond || beyond.code < 0 || region(beyond) === region(point) || (corner[2] < i && scatteredEdge(shapes[corner[2]], i))) return;
          const [a, b] = [onPaper(corner), onPaper(shapes[i][(k + 1) % shapes[i].length])];
          lines.x.push(a[0], b[0], null); lines.y.push(a[1], b[1], null);
        });
      });
      const common = { type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false, fill: "toself", line: { width: 0 } };
      const c = look(ground.light);
      return [...[...fills].map(([key, outline]) => {
        const [code, level] = key.split(":").map(Number);
        return { ...common, ...outline, fillcolor: mixed(names[code].colour, c.paper, FAINTEST + (FULLEST - FAINTEST) * level) };
      }), ...[...stripes].map(([code, outline]) => ({ ...common, ...outline, fillcolor: "rgba(0,0,0,0)",
        fillpattern: { shape: "/", fgcolor: data.names.label.names[code].colour, bgcolor: "rgba(0,0,0,0)", size: 9, solidity: 0.2, fillmode: "replace" } })),
      { ...common, ...hatched, fillcolor: "rgba(0,0,0,0)", fillpattern: { shape: "/", fgcolor: c.quiet, bgcolor: "rgba(0,0,0,0)", size: 7, solidity: 0.12, fillmode: "replace" } },
      { ...common, ...lines, fill: "none", line: { width: 1, color: c.ink } }].filter((trace) => trace.x.length);
    }
    // What is probable everywhere, over the axes that are shown; null where that is not known.
    function mapped(panel, x, y) {
      const map = data.map;
      if (!map || panel.column !== "label" || ![x, y].every((axis) => map.axes.includes(axis.name))) return null;
      const fixed = map.axes.map((name) => (name === x.name || name === y.name ? null
        : name === at("panels").value ? panel.tick?.value : chosen[name]));
      if (fixed.includes(undefined)) return null; // of all values of an axis there is no one map
      const [across, up] = [x, y].map((axis) => map.values[map.axes.indexOf(axis.name)]);
      const { codes, sure } = then();
      return codes.map((code, k) => ({ code, second: -1, x: across[k], y: up[k], strength: sure[k] ? 0.85 : 0,
        here: fixed.every((value, axis) => value === null || map.values[axis][k] === value) })).filter((point) => point.here);
    }
    // Lines between phases with their bands, where both axes are theirs.
    function boundaries(x, y, c) {
      const common = { type: "scatter", mode: "lines", showlegend: false };
      return (data.lines ?? []).flatMap(({ axes, phases, curves, bands, words: said }) => {
        const [across, up] = [x, y].map((axis) => axes.indexOf(axis.name));
        if (across < 0 || up < 0 || across === up) return [];
        const joined = (all) => ({ x: all.flatMap((one) => [...one.map((p) => p[across]), null]), y: all.flatMap((one) => [...one.map((p) => p[up]), null]) });
        const band = { ...common, ...joined(bands.flat()), hoverinfo: "skip", fill: "toself", fillcolor: c.ink, opacity: 0.25, line: { width: 0 } };
        const text = escaped(`${phases.map(words).join(" – ")}${said && `, ${said}`}`);
        return [band, { ...common, ...joined(curves), hoverinfo: "text", text, line: { width: 2, color: c.ink } }];
      });
    }
    const scatteredEdge = (shape, i) => shape.some((corner) => corner[2] === i);

    function figure(light = false) {
      const c = look(light), x = axisOf(at("x").value), y = axisOf(at("y").value);
      const colour = at("colour").value, scale = scaleOf(colour), column = data.names[colour] ? colour : "label";
      const jobs = wanted(), all = panels(column), paler = at("opacity").checked;
      const small = narrow(), traces = [], legends = new Map();
      const grid = all.map((panel) => ({ panel, points: pointsOf(data, x, y, jobs.filter(panel.holds), panel.column) }));
      const nBase = Math.max(1, ...all.map((panel) => panel.base + 1));
      const across = small ? 1 : nBase > 1 ? nBase : all.length <= 3 ? Math.max(all.length, 1) : all.length === 4 ? 2 : 3;
      const down = Math.max(Math.ceil(all.length / across), 1);
      const most = Math.max(1, ...grid.map(({ points }) => points.length));
      const cell = Math.min(...[[x, (plot.clientWidth - (small ? 70 : 300)) / across], [y, 420 / Math.min(down, 2)]].map(([axis, room]) =>
        axis.ticks.length > 1 ? room / Math.min(axis.ticks.length, 1.4 * Math.sqrt(most) + 2) : 40));
      const size = Math.max(5, Math.min(small ? 12 : 15, 0.62 * cell, 300 / Math.sqrt(most)));
      let ends = null;
      if (scale) {
        const known = jobs.map((job) => scale.values[job]).filter((v) => v !== null);
        ends = known.length ? [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))] : [0, 1];
        if (ends[0] === ends[1]) ends = [ends[0] - 0.5, ends[1] + 0.5];
      }
      shown = [];
      grid.forEach(({ panel, points }, k) => {
        const where = { xaxis: k ? `x${k + 1}` : "x", yaxis: k ? `y${k + 1}` : "y" };
        const names = data.names[panel.column].names;
        const everywhere = scale ? null : mapped(panel, x, y);
        if (everywhere) {
          traces.push(...regions(everywhere, x, y, names, { light }, true).map((trace) => ({ ...trace, ...where })));
        } else if (!scale) {
          // against a measured quantity the regions of a line are bands
          const line = { ...blank(), band: rangeOf(y), kind: y.kind };
          const [those, across] = y.range ? [points, y] : [pointsOf(data, x, line, jobs.filter(panel.holds), panel.column), line];
          if (across === line) for (const point of those) point.y = (line.band[0] + line.band[1]) / 2;
          traces.push(...regions(those, x, across, names, { light }, paler).map((trace) => ({ ...trace, ...where })));
        }
        traces.push(...boundaries(x, y, c).map((trace) => ({ ...trace, ...where })));
        const groups = new Map(), rings = new Map();
        for (const point of points) {
          point.index = shown.length;
          shown.push(point);
          const state = point.code >= 0 ? "" : stateOf(data, point);
          const key = state || (scale ? "value" : String(point.code));
          if (!groups.has(key)) groups.set(key, { state, code: point.code, points: [] });
          groups.get(key).points.push(point);
          if (point.second >= 0 && !scale) {
            if (!rings.has(point.second)) rings.set(point.second, []);
            rings.get(point.second).push(point);
          }
          for (const job of point.jobs) count(legends, panel, job);
        }
        const spots = (members) => ({ type: webgl && members.length > 3000 ? "scattergl" : "scatter", mode: "markers", ...where, showlegend: false,
          hoverinfo: "none", customdata: members.map((point) => point.index),
          x: members.map((point) => value(x, point.x)), y: members.map((point) => value(y, point.y)) });
        for (const [code, members] of rings) {
          traces.push({ ...spots(members), hoverinfo: "skip", marker: { symbol: "circle", size: 1.75 * size, color: data.names.label.names[code].colour, line: { color: c.ink, width: 0.8 } } });
        }
        for (const { state, code, points: members } of groups.values()) {
          const seen = glyph(state, state ? null : names[code], c);
          const marker = { symbol: seen.symbol, size: state ? 0.75 * size : size, color: seen.colour, line: { color: seen.line, width: state ? 1.4 : 0.8 } };
          if (!state && paler && !scale) marker.opacity = members.map((point) => 0.45 + 0.55 * point.strength);
          if (scale && !state) {
            Object.assign(marker, { symbol: "circle", cmin: ends[0], cmax: ends[1], colorscale: "Viridis", showscale: false,
              color: members.map((point) => { const known = point.jobs.map((job) => scale.values[job]).filter((v) => v !== null);
                return known.length ? known.reduce((a, b) => a + b) / known.length : null; }) });
          }
          traces.push({ ...spots(members), marker });
        }
      });
      let entries = 0;
      for (const [base, found] of [...legends].sort(([a], [b]) => a - b)) {
        for (const { seen, second, text, n } of [...found.values()].sort((a, b) => a.rank - b.rank || b.n - a.n)) {
          if (scale && seen.phase) continue;
          entries += 1;
          const ring = second && { symbol: "circle-dot", color: second, line: { color: seen.colour, width: 2.5 }, size: 12 };
          traces.push({ type: "scatter", mode: "markers", x: [null], y: [null], hoverinfo: "skip", name: `${escaped(shortened(text, 34))} (${n})`,
            legendgroup: String(base), ...(nBase > 1 && { legendgrouptitle: { text: escaped(shortened(all.find((one) => one.base === base).title, 34)) } }),
            marker: { symbol: seen.symbol, size: 11, color: seen.colour, line: { color: seen.line, width: 1 }, ...ring } });
        }
        entries += nBase > 1;
      }
      if (scale) {
        traces.push({ type: "scatter", mode: "markers", x: [null], y: [null], showlegend: false, hoverinfo: "skip",
          marker: { color: [ends[0]], cmin: ends[0], cmax: ends[1], colorscale: "Viridis", showscale: true,
            colorbar: small ? { title: { text: scale.text, side: "top" }, thickness: 12, outlinewidth: 0, orientation: "h", y: -0.22, yanchor: "top", len: 0.9 }
              : { title: { text: scale.text, side: "right" }, thickness: 13, outlinewidth: 0, len: 0.62, y: 0, yanchor: "bottom" } } });
      }
      const layout = { ...baseLook(light), showlegend: true, dragmode: small ? false : "zoom", annotations: [], uirevision: `${x.name} ${y.name} ${all.length}`,
        legend: { ...(small ? { orientation: "v", x: 0, xanchor: "left", yref: "container", y: 0, yanchor: "bottom" } : { x: 1.02, y: 1 }), itemsizing: "trace", tracegroupgap: 8, groupclick: "toggleitem", itemclick: false, itemdoubleclick: false } };
      const below = small ? 34 + 21 * entries + (scale ? 60 : 0) : 0;
      layout.margin = small ? { l: 54, r: 12, t: 26, b: 52 + below } : { l: 64, r: 20, t: all[0]?.titles ? (across > 3 ? 64 : 34) : 16, b: 54 };
      if (small) layout.height = 290 * down + 80 + below;
      else if (down > 2) layout.height = 270 * down + 80;
      all.forEach((panel, k) => place(layout, { panel, k, x, y, across, down, n: all.length, light, small }));
      if (!shown.length) layout.annotations.push({ text: data.ids.length ? "No job has values on both axes here." : "No jobs in the table.", showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5 });
      return { data: traces, layout };
    }

    function glyph(state, phase, c) {
      if (!state) return { symbol: phase?.symbol ?? "circle", colour: phase?.colour ?? c.quiet, line: c.ink, phase: true };
      if (state === "failed") return { symbol: "x-thin", colour: c.quiet, line: c.quiet };
      return { symbol: state === "not labelled" ? "circle-open-dot" : "circle-open", colour: state === "running" ? "#0072B2" : data.colours.unlabelled,
        line: state === "running" ? "#0072B2" : data.colours.unlabelled };
    }

    // How many jobs of a panel are what; of a predicted ground state, how many points.
    function count(legends, panel, job) {
      const code = data.names[panel.column].codes[job], phase = data.names[panel.column].names[code];
      const second = panel.column === "label" ? data.names.label.names[data.second[job]] : undefined;
      const state = phase ? "" : stateOf(data, { jobs: [job] });
      const text = phase ? words(phase.name) + (second ? ` + ${words(second.name)}` : "") : state;
      if (!legends.has(panel.base)) legends.set(panel.base, new Map());
      const found = legends.get(panel.base);
      const where = panel.column === "predicted_label" ? data.axes.map((axis) => axis.values[job]).join() : job;
      if (!found.has(text)) found.set(text, { n: 0, seenAt: new Set(), text, second: second?.colour, rank: state ? 2 : second ? 1 : 0, seen: glyph(state, phase, look()) });
      const entry = found.get(text);
      if (!entry.seenAt.has(where)) entry.n += 1;
      entry.seenAt.add(where);
    }

    function place(layout, { panel, k, x, y, across, down, n, light, small }) {
      const column = k % across, line = Math.floor(k / across);
      const gap = 0.045, gapY = n <= across ? 0 : small ? 0.16 / down : Math.min(0.11, 0.3 / down);
      const width = (1 - gap * (across - 1)) / across, height = (1 - gapY * (down - 1)) / down;
      const domainX = [column * (width + gap), Math.min(column * (width + gap) + width, 1)];
      const top = 1 - line * (height + gapY), domainY = [Math.max(top - height, 0), top];
      const last = line === down - 1 || k + across >= n;
      const one = (axis, shown, anchor, domain, matches) => ({ ...ticks(axis, light, shown), domain, anchor, ...(k && { matches }) });
      layout[k ? `xaxis${k + 1}` : "xaxis"] = one(x, last, k ? `y${k + 1}` : "y", domainX, "x");
      layout[k ? `yaxis${k + 1}` : "yaxis"] = one(y, column === 0, k ? `x${k + 1}` : "x", domainY, "y");
      if (panel.titles) {
        const room = ((plot.clientWidth - (small ? 70 : 300)) / across) / 8.4;
        layout.annotations.push({ text: broken(panel.titles, room), showarrow: false, xref: "paper", yref: "paper", yanchor: "bottom", xanchor: "center",
          x: (domainX[0] + domainX[1]) / 2, y: domainY[1], font: { size: small ? 13 : 14 } });
      }
    }

    // A title in lines of about so many letters; markup counts for nothing.
    function broken(text, most) {
      const lines = [""];
      for (const word of text.split(" ")) {
        const last = lines.length - 1;
        if (lines[last] && `${lines[last]} ${word}`.replace(/<[^>]*>/g, "").length > most) lines.push(word);
        else lines[last] += (lines[last] && " ") + word;
      }
      return lines.join("<br>");
    }

    function ticks(axis, light, labelled) {
      const made = { ...axisLook(labelled ? axis.html : "", light), showticklabels: labelled };
      made.range = rangeOf(axis); // of a logarithmic axis plotly wants the exponents, too
      if (axis.blank) return { ...made, showticklabels: false, ticks: "", showgrid: false };
      if (axis.kind === "category") {
        made.tickvals = axis.categories.map((_, k) => k);
        made.ticktext = axis.categories.map((text) => escaped(shortened(axis.name === "file" ? text : words(text), 24)));
      } else {
        made.type = axis.kind === "log" ? "log" : "linear";
        if (axis.ticks.length > 1 && axis.ticks.length <= (narrow() ? 7 : 12)) {
          made.tickvals = axis.ticks.map((tick) => value(axis, tick.value));
          made.ticktext = axis.ticks.map((tick) => tick.text);
        }
      }
      return made;
    }

    function draw() {
      const made = figure();
      caption();
      const first = !plot.dataset.drawn;
      plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
      plot.style.height = made.layout.height ? `${made.layout.height}px` : "";
      const done = Plotly.react(plot, made.data, made.layout, config);
      if (first) {
        const point = (event) => shown[event.points[0].customdata];
        plot.on("plotly_hover", (event) => { if (point(event)) hover(point(event), event); });
        plot.on("plotly_unhover", () => hover(null));
        plot.on("plotly_click", (event) => { if (point(event)) click(point(event)); });
      }
      plot.dispatchEvent(new Event("drawn"));
      return done;
    }

    at("controls").addEventListener("submit", (event) => event.preventDefault());
    at("controls").addEventListener("change", (event) => {
      if (["x", "y"].includes(event.target.id)) { at("panels").dataset.filled = ""; panelChoices(); }
      sliders();
      draw();
    });

    return {
      figure, draw,
      show(fresh) { data = fresh; choices(); sliders(); return draw(); },
      shownJobs: () => [...new Set(shown.flatMap((point) => point.jobs))],
    };
  }

  // What a point is, in words: its phase, and how many of its jobs say so.
  function heading(data, point) {
    const names = data.names[point.column].names, codes = data.names[point.column].codes;
    if (point.code < 0) return { text: stateOf(data, point), colour: null, agree: "" };
    const second = point.second >= 0 ? ` + ${words(data.names.label.names[point.second].name)}` : "";
    const agree = point.jobs.filter((job) => codes[job] === point.code).length;
    return { text: words(names[point.code].name) + second, colour: names[point.code].colour,
      agree: point.jobs.length > 1 ? `${agree} of ${point.jobs.length} jobs` : "" };
  }

  return { start, heading, cells, words, written };
})();
