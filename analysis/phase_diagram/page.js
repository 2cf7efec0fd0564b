"use strict";
// Names and labels come from files: they enter the page as text nodes, or escaped where
// Plotly reads a small subset of HTML. Only data.*.html, escaped when written, is markup.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = read("data");
  const plot = document.getElementById("plot");
  const card = document.getElementById("card");
  const pinned = document.getElementById("pinned");
  const choices = { x: document.getElementById("x"), y: document.getElementById("y"),
    colour: document.getElementById("colour") };
  let thumbnails = null; // parsed when the first one is needed
  const thumbnail = (job) => (thumbnails ??= read("thumbnails"))[data.ids[job]];

  // What colour may mean beside the label: results of a job, and how sure its label is.
  const scales = [...data.axes.filter((axis) => !axis.parameter),
    { text: "confidence", html: "confidence", values: data.confidence }]
    .filter((scale) => scale.values.some((value) => value !== null));
  for (const scale of scales) {
    const known = scale.values.filter((value) => value !== null);
    scale.range = [known.reduce((a, b) => Math.min(a, b)), known.reduce((a, b) => Math.max(a, b))];
  }
  const parameters = data.axes.filter((axis) => axis.parameter);
  const blank = { html: "", text: "–", kind: "linear", categories: [],
    values: data.ids.map(() => 0), blank: true };
  const horizontal = parameters.length ? parameters : [blank];
  const vertical = data.axes.length > 1 ? data.axes : [...data.axes, blank];

  // What assembled, the predicted ground state and the verdict; one panel where there is none.
  const panels = data.panels.length ? data.panels
    : [{ name: "", jobs: data.ids.map((_, job) => job), label: data.label }];
  for (const panel of panels) panel.of = new Map(panel.jobs.map((job, k) => [job, panel.label[k]]));
  const codeOf = (job, panel) => (panel ? panel.of.get(job) : data.label[job]);

  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const textOf = (column, job) => column.texts[column.at ? column.at[job] : job];
  const shown = (text, most) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  function element(tag, attributes = {}, ...children) {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  }

  function fill(select, options, chosen) {
    options.forEach((option, index) => select.append(new Option(option.text, index)));
    select.value = chosen;
    select.parentElement.hidden = options.length < 2;
  }

  // Jobs at the same place stand around it: a few in a ring, many like the seeds of a
  // sunflower (Vogel 1979).
  function spread(x, y, chosen) {
    const places = new Map();
    chosen.forEach((job) => {
      if (x.values[job] === null || y.values[job] === null) return;
      const key = x.values[job] + "," + y.values[job];
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(job);
    });
    const [wide, high] = [room(x), room(y)];
    const at = new Map();
    for (const jobs of places.values()) {
      const n = jobs.length;
      const extent = n > 1 ? 0.012 * Math.sqrt(n) : 0; // in parts of the axis
      const [rx, ry] = [wide, high].map(({ gap, range }) => Math.min(0.42 * gap, extent * range));
      jobs.forEach((job, k) => {
        const radius = n <= 6 ? 1 : Math.sqrt((k + 0.5) / n);
        const angle = n <= 6 ? Math.PI * (1 + 2 * k / n) : 2.399963 * k;
        at.set(job, [x.values[job] + rx * radius * Math.cos(angle),
          y.values[job] + ry * radius * Math.sin(angle)]);
      });
    }
    return at;
  }

  // Length of the axis, and the smallest distance between two of its values.
  function room(axis) {
    const values = [...new Set(axis.values.filter((v) => v !== null))].sort((a, b) => a - b);
    if (values.length < 2) return { gap: 1, range: 1 };
    const range = values[values.length - 1] - values[0];
    let gap = range;
    for (let i = 1; i < values.length; i++) gap = Math.min(gap, values[i] - values[i - 1]);
    return { gap, range };
  }

  function layoutAxis(axis) {
    const common = { title: { text: axis.html, font: { size: 16 }, standoff: 14 }, showline: true,
      mirror: true, linecolor: "#222", gridcolor: "#eee", zeroline: false, ticks: "outside",
      automargin: true };
    if (axis.blank) return { ...common, showticklabels: false, ticks: "", showgrid: false };
    if (axis.kind === "category") {
      return { ...common, tickvals: axis.categories.map((_, i) => i),
        ticktext: axis.categories.map((text) => escaped(shown(text, 28))) };
    }
    return { ...common, type: axis.kind };
  }

  const several = data.methods.length > 1 && panels.length === 1;
  function look(job, panel) {
    const phase = data.labels[codeOf(job, panel)];
    const symbol = several ? data.methods[data.method[job]].symbol : phase ? phase.symbol : "circle";
    if (data.failed[job]) return { symbol: "x-thin", colour: data.failedColour, name: "failed", line: 1.4 };
    if (!phase) return { symbol: symbol + "-open", colour: data.unlabelledColour, name: "unfinished", line: 1.2 };
    return { symbol, colour: phase.colour, name: phase.name.replaceAll("_", " "), line: 0.7 };
  }

  function traces(panel, number) {
    const x = horizontal[choices.x.value], y = vertical[choices.y.value];
    const scale = scales[choices.colour.value - 1];
    const at = spread(x, y, panel.jobs);
    const place = (axis, value) => (axis.kind === "log" ? 10 ** value : value);
    const groups = new Map();
    for (const job of at.keys()) {
      const seen = look(job, panel);
      const labelled = codeOf(job, panel) >= 0;
      const rank = labelled ? codeOf(job, panel) : data.labels.length + (data.failed[job] ? 1 : 0);
      const key = (several ? data.method[job] : 0) * (data.labels.length + 2) + rank;
      if (!groups.has(key)) groups.set(key, { jobs: [], seen, labelled, method: data.method[job] });
      groups.get(key).jobs.push(job);
    }
    // Above a few thousand points WebGL draws much faster than SVG.
    const dense = data.ids.length > 3000;
    const type = dense ? "scattergl" : "scatter";
    const size = Math.max(6, Math.min(13, 420 / Math.sqrt(data.ids.length)));
    return [...groups.keys()].sort((a, b) => a - b).map((key, index) => {
      const { jobs, seen, labelled, method } = groups.get(key);
      const methodName = data.methods[method].name.replaceAll("_", " ");
      // A first point that is nowhere gives the legend its looks: grey where colour is a value.
      const first = [null];
      return {
        type, mode: "markers", hoverinfo: "none", xaxis: number ? `x${number + 1}` : "x",
        name: escaped(shown(seen.name, 34)) + ` (${jobs.length})`,
        customdata: first.concat(jobs),
        x: first.concat(jobs.map((job) => place(x, at.get(job)[0]))),
        y: first.concat(jobs.map((job) => place(y, at.get(job)[1]))),
        ...((several || panel.name) && { legendgroup: panel.name || String(method),
          legendgrouptitle: { text: escaped(shown(panel.name || methodName, 34)) } }),
        marker: {
          symbol: seen.symbol, size: labelled ? size : 0.75 * size,
          color: scale && labelled
            ? ["#c8c8c8", ...jobs.map((job) => colourOf(scale, scale.values[job]))] : seen.colour,
          opacity: labelled
            ? [1, ...jobs.map((job) => 0.25 + 0.75 * (data.confidence[job] ?? 0.5))] : 0.9,
          line: { color: labelled ? "#222" : seen.colour, width: dense && labelled ? 0 : seen.line },
        },
      };
    }).concat(scale && !number ? [colourBar(scale)] : []);
  }

  // Viridis (van der Walt and Smith 2015): even in lightness, safe for colour-blind readers.
  const VIRIDIS = [[68, 1, 84], [72, 40, 120], [62, 74, 137], [49, 104, 142], [38, 130, 142],
    [31, 158, 137], [53, 183, 121], [110, 206, 88], [181, 222, 43], [253, 231, 37]];
  const rgb = (channels) => `rgb(${channels.map(Math.round).join(",")})`;

  function colourOf(scale, value) {
    if (value === null) return "#fff";
    const [low, high] = scale.range;
    const place = (VIRIDIS.length - 1) * (high > low ? (value - low) / (high - low) : 0.5);
    const below = Math.min(Math.floor(place), VIRIDIS.length - 2);
    return rgb(VIRIDIS[below].map((c, k) => c + (place - below) * (VIRIDIS[below + 1][k] - c)));
  }

  function colourBar(scale) {
    return { type: "scatter", mode: "markers", x: [null], y: [null], showlegend: false, hoverinfo: "skip",
      marker: { color: [scale.range[0]], cmin: scale.range[0], cmax: scale.range[1], showscale: true,
        colorscale: VIRIDIS.map((stop, k) => [k / (VIRIDIS.length - 1), rgb(stop)]),
        colorbar: { title: { text: scale.html, side: "right" }, orientation: "h", y: -0.14,
          yanchor: "top", len: 0.6, thickness: 12 } } };
  }

  function redraw() {
    const x = horizontal[choices.x.value], y = vertical[choices.y.value];
    const across = {}; // panels share the vertical axis, and zoom together
    panels.forEach((panel, k) => {
      const ends = [(k + (k && 0.04)) / panels.length, (k + 0.96 + (panels.length === 1) * 0.04) / panels.length];
      across[k ? `xaxis${k + 1}` : "xaxis"] = { ...layoutAxis(x), domain: ends, ...(k && { matches: "x" }) };
    });
    const titles = panels.filter((panel) => panel.name).map((panel, k) => ({ text: panel.name,
      showarrow: false, xref: "paper", yref: "paper", x: (k + 0.5) / panels.length, y: 1,
      yanchor: "bottom", font: { size: 15 } }));
    const layout = {
      ...across, yaxis: layoutAxis(y), hovermode: "closest", dragmode: "zoom",
      font: { family: 'system-ui, "Helvetica Neue", Arial, sans-serif', size: 13, color: "#222" },
      margin: { l: 80, r: 20, t: titles.length ? 34 : 20, b: 60 }, showlegend: true,
      legend: { groupclick: "toggleitem", itemsizing: "constant", x: 1.02, y: 1 },
      paper_bgcolor: "#fff", plot_bgcolor: "#fff", uirevision: x.name + " " + y.name,
      annotations: data.ids.length ? titles : [{ text: "No jobs in the table.", showarrow: false,
        xref: "paper", yref: "paper", x: 0.5, y: 0.5 }],
    };
    card.hidden = true;
    return Plotly.react(plot, panels.flatMap(traces), layout, { responsive: true, displaylogo: false,
      showSendToCloud: false, plotlyServerURL: "", // nothing leaves the page
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"],
      toImageButtonOptions: { filename: "phase_diagram", scale: 3 } });
  }

  function heading(job) {
    const seen = look(job);
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = data.label[job] >= 0 ? seen.colour : "#fff";
    const parts = [swatch, seen.name];
    if (data.label[job] >= 0 && data.confidence[job] !== null) {
      parts.push(element("span", { className: "quiet", textContent: ` ${Math.round(100 * data.confidence[job])} %` }));
    }
    return element("div", { className: "phase" }, ...parts);
  }

  function picture(job) {
    const source = thumbnail(job);
    return source ? [element("img", { className: "picture", src: source, alt: "configuration" })] : [];
  }

  function list(job, columns) {
    const rows = element("dl");
    for (const column of columns) {
      const text = textOf(column, job);
      if (text !== "") rows.append(element("dt", { innerHTML: column.html }), element("dd", { textContent: text }));
    }
    return rows;
  }

  const brief = data.details.filter((column) => column.html === "energy per particle");

  function hover(event) {
    const job = event.points[0].customdata;
    card.replaceChildren(heading(job), ...picture(job), list(job, [...data.parameters, ...brief]),
      element("code", { textContent: data.ids[job] }));
    card.hidden = false;
    const box = event.points[0].bbox, frame = plot.getBoundingClientRect();
    const [left, right] = [frame.left + box.x0, frame.left + box.x1];
    const room = window.innerWidth - card.offsetWidth - 8;
    card.style.left = Math.max(8, right + 14 < room ? right + 14 : left - card.offsetWidth - 14) + "px";
    card.style.top = Math.max(8, Math.min(frame.top + box.y0 - 20,
      window.innerHeight - card.offsetHeight - 8)) + "px";
  }

  function copy(text, button) {
    // Pages opened from a file have no clipboard interface: select and copy instead.
    const area = element("textarea", { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    button.textContent = done ? "copied" : "select it by hand";
    setTimeout(() => { button.textContent = "copy"; }, 1500);
  }

  function pin(job) {
    const id = data.ids[job];
    const folder = `workspace/${id}`;
    const button = element("button", { type: "button", textContent: "copy" });
    button.onclick = () => copy(id, button);
    const close = element("button", { type: "button", className: "close", textContent: "×", title: "close" });
    close.onclick = () => { pinned.hidden = true; Plotly.Plots.resize(plot); };
    const inside = textOf(data.phases, job);
    const phases = inside ? [element("p", { className: "quiet", textContent: inside })] : [];
    pinned.replaceChildren(close, heading(job), ...phases, ...picture(job),
      element("div", {}, element("code", { textContent: id }), " ", button),
      element("div", {}, element("a", { href: `../workspace/${encodeURIComponent(id)}`, textContent: folder })),
      list(job, [...data.parameters, ...data.details]));
    pinned.hidden = false;
    Plotly.Plots.resize(plot);
  }

  fill(choices.x, horizontal, 0);
  fill(choices.y, vertical, vertical.length > 1 ? 1 : 0);
  fill(choices.colour, [{ text: "label" }, ...scales], 0);
  redraw().then(() => {
    plot.on("plotly_hover", hover);
    plot.on("plotly_unhover", () => { card.hidden = true; });
    plot.on("plotly_click", (event) => pin(event.points[0].customdata));
  });
  document.getElementById("controls").onchange = redraw;
})();
