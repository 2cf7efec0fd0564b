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

  const parameters = data.axes.filter((axis) => axis.parameter);
  const blank = { html: "", text: "–", kind: "linear", categories: [],
    values: data.ids.map(() => 0), blank: true };
  const horizontal = parameters.length ? parameters : [blank];
  const vertical = data.axes.length > 1 ? data.axes : [...data.axes, blank];

  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
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

  // Jobs at the same place stand around it, like the seeds of a sunflower (Vogel 1979).
  function spread(x, y) {
    const places = new Map();
    data.ids.forEach((_, job) => {
      if (x.values[job] === null || y.values[job] === null) return;
      const key = x.values[job] + "," + y.values[job];
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(job);
    });
    const [rx, ry] = [reach(x), reach(y)];
    const at = new Map();
    for (const jobs of places.values()) {
      jobs.forEach((job, k) => {
        const radius = jobs.length > 1 ? Math.sqrt((k + 0.5) / jobs.length) : 0;
        const angle = 2.399963 * k;
        at.set(job, [x.values[job] + rx * radius * Math.cos(angle),
          y.values[job] + ry * radius * Math.sin(angle)]);
      });
    }
    return at;
  }

  // How far from its place a job may stand: less than half way to the next value.
  function reach(axis) {
    const values = [...new Set(axis.values.filter((v) => v !== null))].sort((a, b) => a - b);
    if (values.length < 2) return axis.kind === "category" ? 0.25 : 0.05;
    const range = values[values.length - 1] - values[0];
    if (!axis.parameter || values.length > 60) return 0.004 * range;
    let gap = Infinity;
    for (let i = 1; i < values.length; i++) gap = Math.min(gap, values[i] - values[i - 1]);
    return Math.min(0.28 * gap, 0.03 * range);
  }

  function layoutAxis(axis) {
    const common = { title: { text: axis.html, font: { size: 17 }, standoff: 12 }, showline: true,
      mirror: true, linecolor: "#222", gridcolor: "#eee", zeroline: false, ticks: "outside",
      automargin: true };
    if (axis.blank) return { ...common, showticklabels: false, ticks: "", showgrid: false };
    if (axis.kind === "category") {
      return { ...common, tickvals: axis.categories.map((_, i) => i),
        ticktext: axis.categories.map((text) => escaped(shown(text, 28))) };
    }
    return { ...common, type: axis.kind };
  }

  const several = data.methods.length > 1;
  function look(job) {
    const phase = data.labels[data.label[job]];
    const symbol = several || !phase ? data.methods[data.method[job]].symbol : phase.symbol;
    if (data.failed[job]) return { symbol: "x-thin", colour: data.failedColour, name: "failed", line: 1.4 };
    if (!phase) return { symbol: symbol + "-open", colour: data.unlabelledColour, name: "unfinished", line: 1.2 };
    return { symbol, colour: phase.colour, name: phase.name, line: 0.7 };
  }

  function traces() {
    const x = horizontal[choices.x.value], y = vertical[choices.y.value];
    const scale = data.colours[choices.colour.value - 1];
    const at = spread(x, y);
    const place = (axis, value) => (axis.kind === "log" ? 10 ** value : value);
    const groups = new Map();
    for (const job of at.keys()) {
      const seen = look(job);
      const labelled = data.label[job] >= 0;
      const rank = labelled ? data.label[job] : data.labels.length + (data.failed[job] ? 1 : 0);
      const key = data.method[job] * (data.labels.length + 2) + rank;
      if (!groups.has(key)) groups.set(key, { jobs: [], seen, labelled, method: data.method[job] });
      groups.get(key).jobs.push(job);
    }
    // Above a few thousand points WebGL draws much faster than SVG.
    const type = data.ids.length > 3000 ? "scattergl" : "scatter";
    const size = Math.max(6, Math.min(13, 420 / Math.sqrt(data.ids.length)));
    const coloured = scale && scale.values.filter((v) => v !== null);
    return [...groups.keys()].sort((a, b) => a - b).map((key, index) => {
      const { jobs, seen, labelled, method } = groups.get(key);
      const byValue = scale && labelled;
      const methodName = data.methods[method].name.replaceAll("_", " ");
      return {
        type, mode: "markers", customdata: jobs, hoverinfo: "none",
        name: escaped(shown(seen.name, 34)) + ` (${jobs.length})`,
        x: jobs.map((job) => place(x, at.get(job)[0])),
        y: jobs.map((job) => place(y, at.get(job)[1])),
        ...(several && { legendgroup: String(method),
          legendgrouptitle: { text: escaped(shown(methodName, 34)) } }),
        marker: {
          symbol: seen.symbol, size: labelled ? size : 0.75 * size,
          color: byValue ? jobs.map((job) => scale.values[job]) : seen.colour,
          opacity: labelled ? jobs.map((job) => 0.25 + 0.75 * (data.confidence[job] ?? 0.5)) : 0.9,
          line: { color: labelled ? "#222" : seen.colour, width: seen.line },
          ...(byValue && { colorscale: "Viridis", showscale: false, coloraxis: "coloraxis" }),
        },
      };
    });
  }

  function redraw() {
    const x = horizontal[choices.x.value], y = vertical[choices.y.value];
    const scale = data.colours[choices.colour.value - 1];
    const layout = {
      xaxis: layoutAxis(x), yaxis: layoutAxis(y), hovermode: "closest", dragmode: "zoom",
      font: { family: 'system-ui, "Helvetica Neue", Arial, sans-serif', size: 13, color: "#222" },
      margin: { l: 70, r: 20, t: 20, b: 60 }, showlegend: true,
      legend: { groupclick: "toggleitem", itemsizing: "constant", x: 1.02, y: 1 },
      paper_bgcolor: "#fff", plot_bgcolor: "#fff", uirevision: x.name + " " + y.name,
      annotations: data.ids.length ? [] : [{ text: "No jobs in the table.", showarrow: false,
        xref: "paper", yref: "paper", x: 0.5, y: 0.5 }],
    };
    if (scale) {
      layout.coloraxis = { colorscale: "Viridis", colorbar: { title: { text: scale.html, side: "right" },
        orientation: "h", y: -0.13, yanchor: "top", len: 0.6, thickness: 12 } };
    }
    card.hidden = true;
    return Plotly.react(plot, traces(), layout, { responsive: true, displaylogo: false,
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
      if (column.values[job] === "") continue;
      rows.append(element("dt", { innerHTML: column.html }), element("dd", { textContent: column.values[job] }));
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
    const phases = data.phases[job] ? [element("p", { className: "quiet", textContent: data.phases[job] })] : [];
    pinned.replaceChildren(close, heading(job), ...phases, ...picture(job),
      element("div", {}, element("code", { textContent: id }), " ", button),
      element("div", {}, element("a", { href: `../workspace/${encodeURIComponent(id)}`, textContent: folder })),
      list(job, data.parameters), list(job, data.details));
    pinned.hidden = false;
    Plotly.Plots.resize(plot);
  }

  fill(choices.x, horizontal, 0);
  fill(choices.y, vertical, vertical.length > 1 ? 1 : 0);
  fill(choices.colour, [{ text: "label" }, ...data.colours], 0);
  redraw().then(() => {
    plot.on("plotly_hover", hover);
    plot.on("plotly_unhover", () => { card.hidden = true; });
    plot.on("plotly_click", (event) => pin(event.points[0].customdata));
  });
  document.getElementById("controls").onchange = redraw;
})();
