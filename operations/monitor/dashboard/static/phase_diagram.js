"use strict";
// The phase diagram: data column by column, choices of the reader, one plot.
(() => {
  const { element, swatch, read, words } = common;
  const at = (id) => document.getElementById(id);
  const plot = at("plot");
  const REFRESH = 15000, MOST_PANELS = 12, MOST_LINES = 60;
  let data = null;
  let chosen = {}; // value of each axis that is neither shown nor a panel; undefined is all
  let shownJobs = [];

  const option = (text, value) => new Option(text, value);
  const scaleOf = (name) => data.scales.find((scale) => scale.name === name);
  const axisOf = (name) => data.axes.find((axis) => axis.name === name) ?? pseudo(scaleOf(name));
  const pseudo = (scale) => scale && { name: scale.name, html: scale.text, text: scale.text, kind: "linear",
    categories: [], values: scale.values, ticks: [] };
  const varying = () => data.axes.filter((axis) => axis.ticks.length > 1);

  function fill(select, options, preferred) {
    const before = select.dataset.filled ? select.value : preferred;
    select.replaceChildren(...options);
    select.value = options.some((one) => one.value === before) ? before : (options[0]?.value ?? "");
    select.dataset.filled = "yes";
  }

  function choices() {
    const axes = varying().length ? varying() : data.axes;
    const plain = axes.map((axis) => option(axis.text, axis.name));
    const numbers = () => data.scales.filter((s) => s.name !== "confidence").map((s) => option(s.text, s.name));
    fill(at("x"), [...plain, ...numbers()], axes[0]?.name);
    fill(at("y"), [...axes.map((axis) => option(axis.text, axis.name)), ...numbers()],
      axes[1]?.name ?? "energy_per_particle");
    const names = Object.entries(data.names).map(([name, { text }]) => option(text, name));
    fill(at("colour"), [...names, ...data.scales.map((s) => option(s.text, s.name))], "label");
    if (!at("marker").dataset.filled) at("marker").value = data.methods.length > 1 ? "method" : "phase";
    at("marker").dataset.filled = "yes";
    panelChoices();
    if (!at("methods").childElementCount && data.methods.length > 1) {
      at("methods").replaceChildren(...data.methods.map((method, k) => element("label", {},
        element("input", { type: "checkbox", checked: true, value: String(k) }), " " + words(method.name))));
    }
  }

  function panelChoices() {
    const others = varying().filter((axis) => ![at("x").value, at("y").value].includes(axis.name));
    // many points take long to draw: then one panel, and a slider
    const few = plot.clientWidth < 640 || data.ids.length > 4000 ? null : others.find((axis) => axis.ticks.length <= 4);
    const more = data.methods.length > 1 ? [option("method", "method")] : [];
    fill(at("panels"), [option("one", ""), ...others.map((axis) => option(axis.text, axis.name)), ...more], few?.name ?? "");
  }

  function sliders() {
    const shown = [at("x").value, at("y").value, at("panels").value];
    const others = varying().filter((axis) => !shown.includes(axis.name));
    for (const name of Object.keys(chosen)) if (!others.some((axis) => axis.name === name)) delete chosen[name];
    at("sliders").replaceChildren(...others.map((axis) => {
      if (!(axis.name in chosen)) chosen[axis.name] = axis.ticks[0].value;
      const output = element("output", {});
      const input = element("input", { type: "range", min: "-1", max: String(axis.ticks.length - 1), step: "1" });
      input.dataset.axis = axis.name;
      input.setAttribute("aria-label", axis.text);
      const place = axis.ticks.findIndex((tick) => tick.value === chosen[axis.name]);
      input.value = String(place);
      const say = () => {
        const text = input.value === "-1" ? "all" : axis.ticks[input.value].text;
        output.textContent = text;
        input.setAttribute("aria-valuetext", text);
      };
      say();
      input.addEventListener("input", () => {
        chosen[axis.name] = input.value === "-1" ? undefined : axis.ticks[input.value].value;
        say();
        draw();
      });
      return element("label", {}, axis.text, input, output);
    }));
  }

  function panels() {
    const by = at("panels").value;
    const all = { title: "", holds: () => true };
    if (by === "method") {
      return data.methods.map((method, k) => ({ title: words(method.name), holds: (job) => data.method[job] === k }));
    }
    const axis = by && axisOf(by);
    if (!axis) return [all];
    return axis.ticks.slice(0, MOST_PANELS).map((tick) => ({ title: `${axis.html} = ${plots.escaped(tick.text)}`,
      holds: (job) => axis.values[job] === tick.value }));
  }

  function wanted() {
    const boxes = [...at("methods").querySelectorAll("input")];
    const off = new Set(boxes.filter((box) => !box.checked).map((box) => Number(box.value)));
    const fixed = Object.entries(chosen).filter(([, value]) => value !== undefined)
      .map(([name, value]) => [axisOf(name).values, value]);
    return data.ids.map((_, job) => job).filter((job) => !off.has(data.method[job])
      && fixed.every(([values, value]) => values[job] === value));
  }

  // Extent of an axis as it is drawn, and the smallest distance between two of its values.
  function room(axis) {
    const values = axis.ticks.length ? axis.ticks.map((tick) => tick.value)
      : [...new Set(axis.values.filter((v) => v !== null))].sort((a, b) => a - b);
    if (values.length < 2) return { gap: 1, range: 2, low: (values[0] ?? 0) - 1, high: (values[0] ?? 0) + 1 };
    const [low, high] = [values[0], values[values.length - 1]];
    let gap = high - low;
    for (let i = 1; i < values.length; i++) gap = Math.min(gap, values[i] - values[i - 1]);
    const edge = axis.ticks.length ? Math.min(0.5 * (high - low) / (values.length - 1), 0.5 * (high - low)) : 0.06 * (high - low);
    return { gap: axis.ticks.length ? gap : high - low, range: high - low + 2 * edge, low: low - edge, high: high + edge };
  }

  function together(x, y, jobs) {
    const places = new Map();
    for (const job of jobs) {
      if (x.values[job] === null || y.values[job] === null) continue;
      const key = `${x.values[job]},${y.values[job]}`;
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(job);
    }
    for (const one of places.values()) one.sort((a, b) => data.method[a] - data.method[b] || data.replica[a] - data.replica[b]);
    return [...places.values()];
  }

  // Radius, in distances between neighbours, of n jobs around a place: a few in a ring, many as
  // the seeds of a sunflower (Vogel 1979).
  const reach = (n) => (n === 1 ? 0 : n <= 6 ? 0.5 / Math.sin(Math.PI / n) : 0.6 * Math.sqrt(n));
  function around(n, k) {
    if (n === 1) return [0, 0];
    const radius = n <= 6 ? reach(n) : 0.6 * Math.sqrt(k + 0.5);
    const angle = n <= 6 ? Math.PI * (1 + (2 * k) / n) : 2.399963 * k;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  }

  // How a job looks: its group in the legend, colour, symbol.
  function looks(colour, byMethod) {
    const names = data.names[colour];
    const stateNames = data.states;
    return (job) => {
      const method = byMethod ? data.methods[data.method[job]].symbol : null;
      const code = names ? names.codes[job] : scaleOf(colour).values[job] === null ? -1 : 0;
      if (code >= 0) {
        const phase = names?.names[code];
        return { key: names ? code : 0, name: phase ? words(phase.name) : "known", known: true,
          colour: phase?.colour, symbol: method ?? phase?.symbol ?? "circle" };
      }
      const state = stateNames[data.state[job]];
      if (state === "failed") return { key: 1000, name: "failed", colour: data.colours.failed, symbol: "x-thin", line: true };
      if (state === "running") return { key: 1001, name: "running", colour: "#0072B2", symbol: (method ?? "circle") + "-open", line: true };
      const done = state === "done" || state === "unlabelled";
      const name = !done ? "not finished" : colour === "label" ? "not labelled yet" : "none";
      return { key: done ? 1002 : 1003, name, colour: data.colours.unlabelled,
        symbol: (method ?? "circle") + (done ? "-open-dot" : "-open"), line: true };
    };
  }

  const VIRIDIS = "Viridis";

  function figure(light = false) {
    const c = plots.colours(light);
    const x = axisOf(at("x").value), y = axisOf(at("y").value);
    const colour = at("colour").value, scale = scaleOf(colour);
    const byMethod = at("marker").value === "method";
    const look = looks(colour, byMethod), opaque = !at("opacity").checked;
    const confidence = scaleOf("confidence")?.values;
    const jobs = wanted(), all = panels();
    const value = (axis, v) => (axis.kind === "log" ? 10 ** v : v);
    const traces = [], shown = [];
    let range = null;
    if (scale) {
      const known = jobs.map((job) => scale.values[job]).filter((v) => v !== null);
      range = known.length ? [Math.min(...known), Math.max(...known)] : [0, 1];
      if (range[0] === range[1]) range = [range[0] - 0.5, range[1] + 0.5];
    }
    const counts = new Map(), entries = new Map();
    const narrow = plot.clientWidth < 640;
    const across = all.length === 1 ? 1 : narrow ? 1 : all.length <= 3 ? all.length : all.length === 4 ? 2 : all.length <= 9 ? 3 : 4;
    const down = Math.ceil(all.length / across);
    // Markers as large as they can be without covering one another.
    const [roomX, roomY] = [room(x), room(y)];
    const wide = (plot.clientWidth - (narrow ? 70 : 260)) / across, high = (plot.clientHeight - (narrow ? 190 : 90)) / down;
    const perX = wide / roomX.range, perY = high / roomY.range;
    const groupsOf = all.map((panel) => together(x, y, jobs.filter(panel.holds)));
    const most = Math.max(1, ...groupsOf.flat().map((one) => one.length));
    const cell = Math.min(perX * roomX.gap, perY * roomY.gap) * 0.94;
    const size = Math.max(narrow ? 4 : 5, Math.min(16, cell / (2 * reach(most) + 1), 480 / Math.sqrt(Math.max(jobs.length / all.length, 1))));
    const pitch = size + 1;
    const grid = groupsOf.map((groupsHere) => {
      const places = new Map();
      for (const one of groupsHere) {
        one.forEach((job, k) => {
          const [dx, dy] = around(one.length, k);
          places.set(job, [x.values[job] + (pitch * dx) / perX, y.values[job] + (pitch * dy) / perY]);
        });
      }
      const groups = new Map();
      for (const job of places.keys()) {
        const seen = look(job);
        const key = `${seen.key}:${seen.symbol}`;
        if (!groups.has(key)) groups.set(key, { seen, jobs: [] });
        groups.get(key).jobs.push(job);
        counts.set(seen.key, (counts.get(seen.key) ?? 0) + 1);
        entries.set(seen.key, seen);
        shown.push(job);
      }
      return { groups, places };
    });
    const marker = (seen, extra = {}) => ({ symbol: seen.symbol, size: seen.known ? size : 0.72 * size,
      color: seen.colour ?? c.quiet,
      line: { color: seen.line ? seen.colour : c.ink, width: seen.line ? 1.4 : shown.length > 3000 ? 0 : 0.7 }, ...extra });
    grid.forEach(({ groups, places }, k) => {
      for (const { seen, jobs: members } of groups.values()) {
        const alphas = seen.known && !opaque && confidence && !scale
          ? members.map((job) => 0.25 + 0.75 * Math.min(Math.max(confidence[job] ?? 0.5, 0), 1)) : 0.95;
        const extra = { opacity: alphas };
        if (scale && seen.known) {
          Object.assign(extra, { color: members.map((job) => scale.values[job]), cmin: range[0], cmax: range[1],
            colorscale: VIRIDIS, showscale: false });
        }
        traces.push({ type: "scatter", mode: "markers", hoverinfo: "none", showlegend: false, legendgroup: String(seen.key),
          xaxis: k ? `x${k + 1}` : "x", yaxis: k ? `y${k + 1}` : "y", customdata: members,
          x: members.map((job) => value(x, places.get(job)[0])), y: members.map((job) => value(y, places.get(job)[1])),
          marker: marker(seen, extra) });
      }
    });
    // The legend has entries of its own, so that every panel shares them.
    for (const [key, seen] of [...entries].sort(([a], [b]) => a - b)) {
      if (scale && seen.known) continue;
      traces.push({ type: "scatter", mode: "markers", x: [null], y: [null], hoverinfo: "skip", legendgroup: String(key),
        name: `${plots.escaped(plots.shortened(seen.name))} (${counts.get(key)})`,
        marker: { ...marker(seen), size: 11, symbol: byMethod && seen.known ? "circle" : seen.symbol } });
    }
    if (byMethod && data.methods.length > 1) {
      for (const [k, method] of data.methods.entries()) {
        if (!jobs.some((job) => data.method[job] === k)) continue;
        traces.push({ type: "scatter", mode: "markers", x: [null], y: [null], hoverinfo: "skip", ...(!narrow && { legend: "legend2" }),
          name: plots.escaped(words(method.name)),
          marker: { symbol: method.symbol, size: 11, color: c.paper, line: { color: c.ink, width: 1 } } });
      }
    }
    if (scale) {
      traces.push({ type: "scatter", mode: "markers", x: [null], y: [null], showlegend: false, hoverinfo: "skip",
        marker: { color: [range[0]], cmin: range[0], cmax: range[1], colorscale: VIRIDIS, showscale: true,
          colorbar: { title: { text: scale.text, side: "right" }, thickness: 13, outlinewidth: 0, len: 0.62, y: 0, yanchor: "bottom" } } });
    }
    shownJobs = shown;
    const layout = { ...plots.base(light), showlegend: true, dragmode: narrow ? false : "zoom",
      legend: narrow ? { orientation: "h", y: -0.18, yanchor: "top", x: 0 } : { x: 1.02, y: 1, itemsizing: "constant", tracegroupgap: 0 },
      legend2: { x: 1.02, y: scale ? 1 : 0, yanchor: scale ? "top" : "bottom", title: { text: "method" } },
      uirevision: `${x.name} ${y.name} ${all.length}`, annotations: [] };
    layout.margin = narrow ? { l: 52, r: 10, t: 24, b: 20 } : { l: 64, r: 20, t: all[0].title ? 34 : 16, b: 54 };
    all.forEach((panel, k) => {
      const column = k % across, line = Math.floor(k / across);
      const gap = 0.045, gapY = all.length > across ? 0.11 : 0;
      const width = (1 - gap * (across - 1)) / across, height = (1 - gapY * (down - 1)) / down;
      const domainX = [column * (width + gap), column * (width + gap) + width];
      const top = 1 - line * (height + gapY), domainY = [Math.max(top - height, 0), top];
      const last = line === down - 1 || k + across >= all.length;
      layout[k ? `xaxis${k + 1}` : "xaxis"] = { ...ticks(x, light, last, roomX), domain: domainX, anchor: k ? `y${k + 1}` : "y", ...(k && { matches: "x" }) };
      layout[k ? `yaxis${k + 1}` : "yaxis"] = { ...ticks(y, light, column === 0, roomY), domain: domainY, anchor: k ? `x${k + 1}` : "x", ...(k && { matches: "y" }) };
      if (panel.title) {
        layout.annotations.push({ text: panel.title, showarrow: false, xref: "paper", yref: "paper", yanchor: "bottom",
          x: (domainX[0] + domainX[1]) / 2, y: domainY[1], font: { size: 14 } });
      }
    });
    if (!shown.length) {
      layout.annotations.push({ text: "No job has values on both axes here.", showarrow: false, xref: "paper", yref: "paper", x: 0.5, y: 0.5 });
    }
    return { data: traces, layout };
  }

  function ticks(axis, light, labelled, { low, high }) {
    const made = { ...plots.axis(labelled ? axis.html : "", light), showticklabels: labelled };
    made.range = [low, high]; // of a logarithmic axis plotly wants the exponents, too
    if (axis.kind === "category") {
      made.tickvals = axis.categories.map((_, k) => k);
      made.ticktext = axis.categories.map((text) => plots.escaped(plots.shortened(words(text), 24)));
    } else {
      made.type = axis.kind === "log" ? "log" : "linear";
      if (axis.ticks.length > 1 && axis.ticks.length <= 12) {
        made.tickvals = axis.ticks.map((tick) => (axis.kind === "log" ? 10 ** tick.value : tick.value));
        made.ticktext = axis.ticks.map((tick) => tick.text);
      }
    }
    return made;
  }

  function draw() {
    const made = figure();
    const first = !plot.dataset.drawn;
    plot.dataset.drawn = String(Number(plot.dataset.drawn ?? 0) + 1);
    Plotly.react(plot, made.data, made.layout, plots.CONFIG);
    if (first) {
      plot.on("plotly_hover", (event) => pin(event.points[0].customdata));
      plot.on("plotly_click", (event) => {
        const job = event.points[0].customdata;
        if (Number.isInteger(job)) location.assign(`/jobs/${data.ids[job]}`);
      });
    }
    if (at("as-table").open) table();
  }

  let pinned = -1;
  function facts(job) {
    const known = data.axes.filter((axis) => axis.values[job] !== null).map((axis) => [axis.text,
      axis.ticks.find((tick) => tick.value === axis.values[job])?.text ?? ""]);
    known.push(["method", words(data.methods[data.method[job]].name)]);
    for (const { text, names, codes } of Object.values(data.names)) {
      if (codes[job] >= 0 && text !== "label") known.push([text, words(names[codes[job]].name)]);
    }
    for (const { text, values } of data.scales) if (values[job] !== null) known.push([text, String(Number(values[job].toPrecision(4))).replace("-", "−")]);
    return known;
  }
  const nameOf = (job) => data.names.label.names[data.names.label.codes[job]];

  function pin(job) {
    if (!Number.isInteger(job) || job === pinned) return;
    pinned = job;
    const id = data.ids[job], name = nameOf(job), state = data.states[data.state[job]];
    const seen = ["done", "unlabelled"].includes(state);
    const rows = facts(job).flatMap(([text, value]) => [element("dt", {}, text), element("dd", {}, value)]);
    at("pinned").replaceChildren(
      element("h2", {}, name ? swatch(name.colour) : element("span", { className: `dot state-${state}` }), name ? words(name.name) : state),
      ...(seen ? [element("a", { href: `/jobs/${id}` }, element("img", { src: `/jobs/${id}/picture.png?size=320`, alt: "", width: 240, height: 240 }))] : []),
      element("dl", {}, ...rows),
      element("p", {}, element("a", { href: `/jobs/${id}` }, "open ", element("code", {}, id.slice(0, 8)))),
      element("button", { type: "button", "data-compare": id }, "add to comparison"));
    common.keepCompared(common.compared());
  }

  function table() {
    const body = shownJobs.slice(0, MOST_LINES).map((job) => element("tr", {},
      element("th", { scope: "row" }, element("a", { href: `/jobs/${data.ids[job]}` }, element("code", {}, data.ids[job].slice(0, 8)))),
      element("td", {}, nameOf(job) ? words(nameOf(job).name) : data.states[data.state[job]]),
      element("td", {}, words(data.methods[data.method[job]].name)),
      ...data.axes.map((axis) => element("td", { className: "number" },
        axis.ticks.find((tick) => tick.value === axis.values[job])?.text ?? "–"))));
    const head = ["job", "label or state", "method", ...data.axes.map((axis) => axis.text)];
    document.querySelector("#as-table thead").replaceChildren(element("tr", {}, ...head.map((text, k) =>
      element("th", { scope: "col", className: k > 2 ? "number" : "" }, text))));
    document.querySelector("#as-table tbody").replaceChildren(...body);
    at("table-note").textContent = shownJobs.length > MOST_LINES ? `The first ${MOST_LINES} of ${shownJobs.length}; the page Jobs has all.` : "";
  }

  async function update(first) {
    if (first || !document.hidden) {
      const fresh = await read("/api/diagram").catch(() => null);
      if (fresh && (!data || fresh.version !== data.version)) {
        data = fresh;
        choices();
        sliders();
        draw();
      }
    }
    setTimeout(update, REFRESH);
  }

  at("controls").addEventListener("submit", (event) => event.preventDefault());
  at("controls").addEventListener("change", (event) => {
    if (["x", "y"].includes(event.target.id)) { at("panels").dataset.filled = ""; panelChoices(); }
    sliders();
    draw();
  });
  at("as-table").addEventListener("toggle", () => { if (data && at("as-table").open) table(); });
  for (const button of document.querySelectorAll("[data-save]")) {
    button.addEventListener("click", () => Plotly.downloadImage(figure(true), { format: button.dataset.save,
      filename: "phase_diagram", width: 1100, height: 720, scale: button.dataset.save === "png" ? 3 : 1 }));
  }
  common.onTheme(() => { if (data) draw(); });
  update(true);
})();
