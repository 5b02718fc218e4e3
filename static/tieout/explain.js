// A figure of a table or a chart opens its explanation beside it. With a modifier key, or without this file, its own page.
(function () {
  "use strict";
  var panel = document.getElementById("explanation");
  var part = document.getElementById("explanation-part");

  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[href*='/explain/']:not([data-file], [data-as-page])");
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) { return; }
    event.preventDefault();
    panel.querySelector("[data-as-page]").href = link.getAttribute("href");
    if (!panel.open) {
      part.replaceChildren();
      panel.showModal();
      part.focus();
    }
    window.htmx.ajax("get", link.getAttribute("href"), { source: part, target: part }).catch(function () { /* parts.js says so */ });
  });
})();
