// Light or dark by choice: remembered in this browser, applied before the page is drawn (so: not deferred).
(function () {
  "use strict";
  var KEY = "tieout-theme";
  var NEXT = { system: "light", light: "dark", dark: "system" };
  var root = document.documentElement;

  function chosen() {
    try {
      var kept = window.localStorage.getItem(KEY);
      return kept === "light" || kept === "dark" ? kept : "system";
    } catch (blocked) { // a browser may forbid storage: the page then follows the system
      return root.dataset.theme || "system";
    }
  }

  function apply(theme) {
    if (theme === "system") { delete root.dataset.theme; } else { root.dataset.theme = theme; }
    try {
      if (theme === "system") { window.localStorage.removeItem(KEY); } else { window.localStorage.setItem(KEY, theme); }
    } catch (blocked) { /* the choice then lasts as long as the page */ }
  }

  apply(chosen());
  document.addEventListener("DOMContentLoaded", function () {
    var button = document.querySelector("[data-theme-button]");
    if (!button) { return; }
    var current = chosen();
    var say = function () { button.textContent = "Theme: " + current; };
    say();
    button.hidden = false;
    button.addEventListener("click", function () {
      current = NEXT[current];
      apply(current);
      say();
    });
  });
})();

// A line of tabs that is wider than the window begins with the open one in sight.
document.addEventListener("DOMContentLoaded", function () {
  "use strict";
  document.querySelectorAll("[data-tabs]").forEach(function (tabs) {
    var open = tabs.querySelector("[aria-current]");
    if (open) { tabs.scrollLeft = open.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - open.offsetWidth) / 2; }
  });
});
