// A part that moves by itself: htmx asks for it (hx-trigger), here stands when it may be taken. Nothing is taken from under
// somebody's hands, what was unfolded stays so, and a server that does not answer is asked less often.
(function () {
  "use strict";
  var SLOWEST = 10, note = document.querySelector("[data-news]"); // how many looks are left out at most
  function all(part, what) { return Array.prototype.slice.call(part.querySelectorAll(what)); }
  function say(words) { if (note && note.textContent !== words) { note.textContent = words; } }
  function isInUse(part) {
    var chosen = window.getSelection();
    return part.contains(document.activeElement) || !chosen.isCollapsed && part.contains(chosen.anchorNode);
  }
  function fail(part) { // the server restarts, or the PC slept
    part.leftOut = part.slower = Math.min(2 * (part.slower || 1), SLOWEST);
    say("the server does not answer; tried again soon");
  }
  function look(part, detail) {
    var xhr = detail.xhr, asked = new URL(detail.pathInfo.finalRequestPath, window.location.href);
    if (xhr.status === 403 || xhr.status === 404 || new URL(xhr.responseURL).pathname !== asked.pathname) {
      detail.shouldSwap = false;
      // The page says why, or leads to the sign-in. Asked for anew: reload() would post again what this page answered.
      return window.location.replace(window.location.pathname + window.location.search);
    }
    if (xhr.status >= 400) { return fail(part); }
    part.leftOut = part.slower = 0;
    say(xhr.status === 286 ? "" : "moves by itself");
    var plain = xhr.response.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, ""); // differs each time and is no news
    detail.shouldSwap = plain !== part.shown && !isInUse(part);
    if (detail.shouldSwap) { part.shown = plain; }
    part.places = all(part, ".scroll").map(function (box) { return box.scrollLeft; });
    part.unfolded = all(part, "details[id][open]").map(function (one) { return one.id; });
  }
  all(document, "[data-live]").forEach(function (part) {
    say("moves by itself");
    part.addEventListener("htmx:beforeRequest", function (event) {
      if (document.hidden || part.leftOut > 0) { part.leftOut -= 1; event.preventDefault(); } else { part.setAttribute("aria-busy", "true"); }
    });
    part.addEventListener("htmx:afterRequest", function () { part.removeAttribute("aria-busy"); });
    part.addEventListener("htmx:sendError", function () { fail(part); });
    part.addEventListener("htmx:timeout", function () { fail(part); });
    part.addEventListener("htmx:beforeSwap", function (event) { look(part, event.detail); });
    part.addEventListener("htmx:afterSwap", function () {
      all(part, ".scroll").forEach(function (box, index) { box.scrollLeft = part.places[index] || 0; });
      all(part, "details[id]").forEach(function (one) { one.open = one.open || part.unfolded.indexOf(one.id) >= 0; });
    });
  });
})();
