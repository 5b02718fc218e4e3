// Slides by keyboard: arrows, Page Up and Down, space; Escape leaves. Without this the links do the same.
(function () {
  "use strict";
  var KEYS = { ArrowRight: "ArrowRight", PageDown: "ArrowRight", " ": "ArrowRight", ArrowLeft: "ArrowLeft", PageUp: "ArrowLeft" };
  document.addEventListener("keydown", function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || event.defaultPrevented) { return; }
    var focused = event.target;
    if (focused.closest("input, textarea, select, summary, .scroll")) { return; } // they have their own use for keys
    if (event.key === " " && focused.closest("a, button")) { return; }
    var link = event.key === "Escape"
      ? document.querySelector("[data-leave]")
      : KEYS[event.key] && document.querySelector("[data-go='" + KEYS[event.key] + "']");
    if (link) { event.preventDefault(); link.click(); }
  });
})();
