"use strict";
// Before anything is painted: the theme that was chosen, else that of the system.
(() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
})();
