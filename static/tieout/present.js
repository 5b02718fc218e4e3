// Slides by keyboard: arrows, Page Up and Down, space, Home, End; ? tells the keys, Escape leaves. And by swiping.
// Without this the links do the same.
(function () {
  "use strict";
  var KEYS = { ArrowRight: "ArrowRight", PageDown: "ArrowRight", " ": "ArrowRight", ArrowLeft: "ArrowLeft", PageUp: "ArrowLeft", Home: "Home", End: "End" };
  var FAR = 60; // pixels of a swipe
  var keys = document.getElementById("keys");
  var button = document.querySelector("[data-keys-button]");

  function go(where) {
    var link = document.querySelector("[data-go='" + where + "']");
    if (link && !link.hasAttribute("aria-current")) { link.click(); return true; }
    return false;
  }

  function tellKeys() { if (keys && keys.showModal && !keys.open) { keys.showModal(); } }

  if (button && keys && keys.showModal) {
    button.hidden = false;
    button.addEventListener("click", tellKeys);
  }

  document.addEventListener("keydown", function (event) {
    if (event.altKey || event.ctrlKey || event.metaKey || event.defaultPrevented || (keys && keys.open)) { return; }
    var focused = event.target;
    if (focused.closest("input, textarea, select, summary, .scroll")) { return; } // they have their own use for keys
    if (event.key === "?") { event.preventDefault(); tellKeys(); return; }
    if (event.shiftKey || (event.key === " " && focused.closest("a, button"))) { return; }
    if (event.key === "Escape") {
      var leave = document.querySelector("[data-leave]");
      if (leave) { event.preventDefault(); leave.click(); }
    } else if (KEYS[event.key] && go(KEYS[event.key])) { event.preventDefault(); }
  });

  var start = null;
  document.addEventListener("touchstart", function (event) {
    var touch = event.touches.length === 1 && !event.target.closest("input, textarea, select, .scroll, dialog") ? event.touches[0] : null;
    start = touch && { x: touch.clientX, y: touch.clientY };
  }, { passive: true });
  document.addEventListener("touchend", function (event) {
    var touch = event.changedTouches[0];
    if (!start || !touch) { return; }
    var across = touch.clientX - start.x, down = touch.clientY - start.y;
    start = null;
    if (Math.abs(across) > FAR && Math.abs(across) > 2 * Math.abs(down)) { go(across < 0 ? "ArrowRight" : "ArrowLeft"); }
  }, { passive: true });
})();
