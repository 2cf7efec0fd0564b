"use strict";
// What every page needs. Text from files enters a page as text nodes only.
const common = (() => {
  function element(tag, attributes = {}, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (name in made) made[name] = value; else made.setAttribute(name, value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined));
    return made;
  }

  const { isDark } = theme;
  const listeners = [];
  const onTheme = (listener) => listeners.push(listener);
  function themed() {
    theme.tell();
    for (const image of document.querySelectorAll('img[src*="/picture.png"]')) {
      image.src = `${image.getAttribute("src").replace(/&theme=\w+$/, "")}&theme=${isDark() ? "dark" : "light"}`;
    }
    listeners.forEach((listener) => listener());
  }
  document.getElementById("theme").addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    localStorage.setItem("theme", document.documentElement.dataset.theme);
    themed();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", themed);

  function swatch(colour) {
    const made = element("span", { className: "swatch" });
    made.style.background = colour;
    return made;
  }
  for (const one of document.querySelectorAll("[data-colour]")) one.style.background = one.dataset.colour;

  // null where the server has nothing (the reason is then in `why`)
  async function read(address, options) {
    const answer = await fetch(address, options);
    if (answer.status === 401) { location.reload(); return null; }
    return answer.ok ? answer.json() : null;
  }

  // Jobs that are to be compared, in this browser.
  const MOST = 6;
  const compared = () => {
    try {
      const known = JSON.parse(localStorage.getItem("compared") ?? "[]");
      return Array.isArray(known) ? known.filter((id) => /^[0-9a-f]{32}$/.test(id)).slice(0, MOST) : [];
    } catch { return []; }
  };
  function showCompared() {
    const ids = compared();
    const link = document.getElementById("compare-link");
    if (link) {
      link.textContent = ids.length ? `Compare (${ids.length})` : "Compare";
      link.href = ids.length ? "/compare?" + ids.map((id) => "job=" + id).join("&") : "/compare";
    }
    for (const button of document.querySelectorAll("[data-compare]")) {
      const there = ids.includes(button.dataset.compare);
      button.textContent = there ? "remove from comparison" : "add to comparison";
      button.disabled = !there && ids.length >= MOST;
    }
  }
  function toggleCompared(id) {
    const ids = compared();
    const others = ids.filter((one) => one !== id);
    keepCompared(others.length === ids.length ? [...ids, id] : others);
  }
  function keepCompared(ids) {
    localStorage.setItem("compared", JSON.stringify(ids.slice(0, MOST)));
    showCompared();
  }
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-compare]");
    if (button) toggleCompared(button.dataset.compare);
  });
  showCompared();

  // On narrow screens a row of a table is a card: each cell knows its heading.
  function headed(table) {
    const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((cell) => cell.textContent);
    for (const row of table.tBodies[0]?.rows ?? []) [...row.cells].forEach((cell, k) => { cell.dataset.head = heads[k] ?? ""; });
  }
  for (const table of document.querySelectorAll(".scroll table:not(.compare)")) {
    headed(table);
    if (table.tBodies[0]) new MutationObserver(() => headed(table)).observe(table.tBodies[0], { childList: true });
  }

  const words = (text) => text.replaceAll("_", " ");
  function duration(seconds) {
    if (seconds < 90) return `${Math.round(seconds)} s`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
    if (seconds < 172800) return `${(seconds / 3600).toPrecision(2)} h`;
    return `${(seconds / 86400).toPrecision(2)} days`;
  }
  const number = (value) => Number(value.toPrecision(value >= 100 ? 3 : 2)).toLocaleString("en");
  return { element, isDark, onTheme, swatch, read, keepCompared, compared, words, duration, number };
})();
