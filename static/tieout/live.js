// A part of a page that moves by itself: [data-live] names the address of its newest form. Without this file a reload
// does the same. Nothing is taken from under somebody's hands: a part that is in use or selected waits.
(function () {
  "use strict";
  var EVERY = 3000, SLOWEST = 30000; // ms; slower while the server does not answer
  var note = document.querySelector("[data-live-note]");

  function say(words) { if (note && note.textContent !== words) { note.textContent = words; } }

  function isInUse(part) {
    var selection = window.getSelection();
    return part.contains(document.activeElement) || (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  }

  function all(part, what) { return Array.prototype.slice.call(part.querySelectorAll(what)); }

  // What was unfolded stays so, and what was moved sideways.
  function put(part, html) {
    var places = all(part, ".scroll").map(function (box) { return box.scrollLeft; });
    var open = all(part, "details[id][open]").map(function (one) { return one.id; });
    part.innerHTML = html; // our own page, escaped by the server
    all(part, ".scroll").forEach(function (box, index) { box.scrollLeft = places[index] || 0; });
    open.forEach(function (id) {
      var one = document.getElementById(id);
      if (one) { one.open = true; }
    });
  }

  function watch(part) {
    var pause = EVERY, shown = "";

    function again() { window.setTimeout(look, pause); }

    function show(html) {
      // The token of a form differs each time and is no news.
      var plain = html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
      if (plain !== shown && !isInUse(part)) {
        put(part, html);
        shown = plain;
      }
    }

    function look() {
      if (document.hidden) { again(); return; }
      window.fetch(part.dataset.live, { credentials: "same-origin", cache: "no-store", redirect: "error" })
        .then(function (answer) {
          if (answer.status === 403 || answer.status === 404) { window.location.reload(); return ""; } // the page says why
          if (!answer.ok) { throw new Error(String(answer.status)); }
          return answer.text();
        })
        .then(function (html) {
          pause = EVERY;
          if (html) { show(html); }
          say("moves by itself");
          if (!part.querySelector("[data-complete]")) { again(); }
        })
        .catch(function () { // the server restarts, or the PC slept
          pause = Math.min(2 * pause, SLOWEST);
          say("the server does not answer; tried again soon");
          again();
        });
    }

    say("moves by itself");
    if (!part.querySelector("[data-complete]")) { again(); }
  }

  if (!window.fetch) { return; }
  all(document, "[data-live]").forEach(watch);
  all(document, "[data-by-hand]").forEach(function (one) { one.hidden = true; });
})();
