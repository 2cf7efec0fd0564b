"use strict";
// How plotly looks here, in both themes.
const plots = (() => {
  const LIGHT = { ink: "#1b1f24", quiet: "#59626d", line: "#dde1e6", grid: "#edf0f3", paper: "#ffffff" };
  const DARK = { ink: "#e7eaee", quiet: "#9ba6b2", line: "#3b434e", grid: "#272d35", paper: "#1a1e24" };
  const colours = (light) => (light || !common.isDark() ? LIGHT : DARK);
  // plotly's own offer to send the chart to its makers' server is taken away
  const CONFIG = { responsive: true, displaylogo: false, showSendToCloud: false, plotlyServerURL: "",
    modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d", "toImage"] };
  // Okabe and Ito 2008, for curves; dashes tell them apart without colour
  const ON_LIGHT = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"];
  const ON_DARK = ["#56B4E9", "#E69F00", "#2BC49B", "#CC79A7", "#F0E442", "#F28E4B"];
  const curve = (k) => (common.isDark() ? ON_DARK : ON_LIGHT)[k % ON_LIGHT.length];
  const DASHES = ["solid", "dash", "dot", "dashdot", "longdash", "longdashdot"];

  function base(light = false) {
    const c = colours(light);
    return { font: { family: 'Inter, system-ui, "Helvetica Neue", "Liberation Sans", Arial, sans-serif', size: 13, color: c.ink },
      paper_bgcolor: c.paper, plot_bgcolor: c.paper, margin: { l: 64, r: 14, t: 12, b: 50 }, hovermode: "closest",
      hoverlabel: { bgcolor: c.paper, bordercolor: c.line, font: { color: c.ink } } };
  }

  function axis(title, light = false) {
    const c = colours(light);
    return { title: { text: title, standoff: 8 }, showline: true, mirror: true, linecolor: c.quiet, linewidth: 1,
      gridcolor: c.grid, zeroline: false, ticks: "outside", ticklen: 4, tickcolor: c.quiet, automargin: true };
  }

  // SVG draws text of a subset of HTML: what comes from files is escaped.
  const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
  const shortened = (text, most = 30) => (text.length > most ? text.slice(0, most - 1) + "…" : text);

  return { colours, base, axis, escaped, shortened, CONFIG, curve, DASHES };
})();
