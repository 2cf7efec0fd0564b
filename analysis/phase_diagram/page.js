"use strict";
// The page of the phase diagram: cards of points, and what is known of each job.
(() => {
  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  const { data, details, parameters, phases } = read("data");
  const plot = document.getElementById("plot");
  const card = document.getElementById("card");
  const pinned = document.getElementById("pinned");
  let thumbnails = null; // parsed when the first one is needed
  const thumbnail = (job) => (thumbnails ??= read("thumbnails"))[data.ids[job]];
  const textOf = (column, job) => column.texts[column.at ? column.at[job] : job];
  const { words } = diagram;

  function element(tag, attributes = {}, ...children) {
    const made = Object.assign(document.createElement(tag), attributes);
    made.append(...children);
    return made;
  }

  const style = (light) => {
    const names = ["ink", "quiet", "line", "grid", "paper"];
    if (light) return { ink: "#222222", quiet: "#5f666d", line: "#d5d5d5", grid: "#eeeeee", paper: "#ffffff" };
    const root = getComputedStyle(document.documentElement);
    return Object.fromEntries(names.map((name) => [name, root.getPropertyValue(`--${name}`).trim()]));
  };
  const axisLook = (title, light) => {
    const c = style(light);
    return { title: { text: title, font: { size: 16 }, standoff: 10 }, showline: true, mirror: true, linecolor: c.quiet,
      gridcolor: c.grid, zeroline: false, ticks: "outside", tickcolor: c.quiet, automargin: true };
  };
  const baseLook = (light) => {
    const c = style(light);
    return { hovermode: "closest", paper_bgcolor: c.paper, plot_bgcolor: c.paper,
      font: { family: 'system-ui, "Helvetica Neue", Arial, sans-serif', size: 13, color: c.ink } };
  };

  function heading(point) {
    const { text, colour, agree } = diagram.heading(data, point);
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = colour ?? "transparent";
    return element("div", { className: "phase" }, swatch, text, element("span", { className: "quiet", textContent: agree && ` ${agree}` }));
  }
  function picture(job) {
    const source = thumbnail(job);
    return source ? [element("img", { className: "picture", src: source, alt: "configuration", width: 224, height: 224 })] : [];
  }
  function list(job, columns) {
    const rows = element("dl");
    for (const column of columns) {
      const text = textOf(column, job);
      if (text !== "") rows.append(diagram.written(element("dt"), column.html), element("dd", { textContent: text }));
    }
    return rows;
  }
  const brief = details.filter((column) => column.html === "energy per particle");
  const source = details.find((column) => column.html === "source");
  const MOST_FILES = 3;
  function files(point) {
    const names = source ? point.jobs.map((job) => textOf(source, job)).filter((name) => name !== "") : [];
    const shown = names.slice(0, MOST_FILES).map((name) => element("div", {}, element("code", { textContent: name })));
    if (names.length > MOST_FILES) shown.push(element("div", { className: "quiet", textContent: `and ${names.length - MOST_FILES} more files` }));
    return shown;
  }
  const best = (point) => point.jobs.find((job) => data.names[point.column].codes[job] === point.code && thumbnail(job)) ?? point.jobs[0];

  function hover(point, event) {
    card.hidden = !point;
    if (!point) return;
    const job = best(point);
    card.replaceChildren(heading(point), ...picture(job), ...files(point), list(job, [...parameters, ...(point.jobs.length > 1 ? [] : brief)]),
      point.jobs.length > 1 ? element("span", { className: "quiet", textContent: `${point.jobs.length} jobs: click to see each` })
        : element("code", { textContent: data.ids[job] }));
    const box = event.points[0].bbox, frame = plot.getBoundingClientRect();
    const [left, right] = [frame.left + box.x0, frame.left + box.x1];
    const room = window.innerWidth - card.offsetWidth - 8;
    card.style.left = Math.max(8, Math.min(right + 14 < room ? right + 14 : left - card.offsetWidth - 14, room)) + "px";
    card.style.top = Math.max(8, Math.min(frame.top + box.y0 - 20, window.innerHeight - card.offsetHeight - 8)) + "px";
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

  // A job of the point: what its label is, its picture, where it is and all that was measured.
  function one(point, job, open) {
    const id = data.ids[job], phase = data.names.label.names[data.names.label.codes[job]];
    const button = element("button", { type: "button", textContent: "copy" });
    button.onclick = () => copy(id, button);
    const swatch = element("span", { className: "swatch" });
    swatch.style.background = phase?.colour ?? "transparent";
    const confidence = data.scales.find((scale) => scale.name === "confidence")?.values[job];
    const trust = phase && confidence !== null && confidence !== undefined ? ` ${Math.round(100 * confidence)} %` : "";
    const said = textOf(phases, job);
    return element("details", { open }, element("summary", {}, swatch, phase ? words(phase.name) : data.states[data.state[job]],
      element("span", { className: "quiet", textContent: `${trust} · ${words(data.methods[data.method[job]])}${point.jobs.length > 1 ? `, replica ${data.replica[job]}` : ""}` })),
    ...(said ? [element("p", { className: "quiet", textContent: said })] : []), ...picture(job),
    element("div", {}, element("code", { textContent: id }), " ", button),
    element("div", {}, element("a", { href: `../workspace/${encodeURIComponent(id)}`, textContent: `workspace/${id}` })),
    list(job, details));
  }

  function pin(point) {
    const close = element("button", { type: "button", className: "close", textContent: "×", title: "close" });
    close.onclick = () => { pinned.hidden = true; Plotly.Plots.resize(plot); };
    pinned.replaceChildren(close, heading(point), list(point.jobs[0], parameters),
      ...point.jobs.map((job) => one(point, job, point.jobs.length === 1)));
    pinned.hidden = false;
    Plotly.Plots.resize(plot);
    if (plot.clientWidth < 640 || innerWidth < 700) pinned.scrollIntoView({ behavior: "smooth" });
  }

  const made = diagram.start({ plot, look: style, axisLook, baseLook, hover, click: pin, webgl: true,
    config: { responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "", // nothing leaves the page
      modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"], toImageButtonOptions: { filename: "phase_diagram", scale: 3 } } });
  made.show(data);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => made.draw());
})();
