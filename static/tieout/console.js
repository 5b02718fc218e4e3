// The sync console fetches its moving part again every three seconds; without this file a reload does the same.
(function () {
  "use strict";
  var EVERY = 3000;
  var part = document.querySelector("[data-live]");
  if (!part || !window.fetch) { return; }
  var note = document.querySelector("[data-live-note]");
  var shown = "";
  var scrolled = function () { return Array.prototype.map.call(part.querySelectorAll(".scroll"), function (box) { return box.scrollLeft; }); };

  function say(words) { if (note && note.textContent !== words) { note.textContent = words; } }

  function isInUse() { // what somebody is about to press, or has selected, must not be taken away
    var selection = window.getSelection();
    return part.contains(document.activeElement) || (selection && !selection.isCollapsed && part.contains(selection.anchorNode));
  }

  function put(html) {
    // The token of a form differs each time and is no news.
    var plain = html.replace(/name="csrfmiddlewaretoken" value="[^"]*"/g, "");
    if (plain === shown || isInUse()) { return; }
    var places = scrolled();
    part.innerHTML = html;
    part.querySelectorAll(".scroll").forEach(function (box, index) { box.scrollLeft = places[index] || 0; });
    shown = plain;
  }

  function look() {
    if (document.hidden) { return again(); }
    fetch(part.dataset.live, { credentials: "same-origin", redirect: "error", headers: { "X-Requested-With": "fetch" } })
      .then(function (answer) {
        if (!answer.ok) { throw new Error(String(answer.status)); }
        return answer.text();
      })
      .then(function (html) { put(html); say("moves by itself"); })
      .catch(function () { say("the server does not answer; reload the page"); })
      .then(again);
  }

  function again() { window.setTimeout(look, EVERY); }

  say("moves by itself");
  again();
})();
