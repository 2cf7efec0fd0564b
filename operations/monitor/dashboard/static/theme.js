"use strict";
// Before anything is painted: the theme that was chosen, else that of the system. The server is told
// by a cookie, because pictures have its ground.
const theme = (() => {
  const chosen = localStorage.getItem("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
  function isDark() {
    const said = document.documentElement.dataset.theme;
    return said ? said === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  }
  const tell = () => { document.cookie = `theme=${isDark() ? "dark" : "light"}; path=/; SameSite=Strict`; };
  tell();
  return { isDark, tell };
})();
