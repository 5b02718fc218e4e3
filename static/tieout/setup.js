// Keeps the list of set-up steps up to date while somebody watches it. Without a script the page is reloaded by hand.
(function () {
  "use strict";
  var EVERY = 2000, SLOWEST = 30000;

  function watch(box) {
    var pause = EVERY;

    function later() { window.setTimeout(look, pause); }

    function show(text) {
      if (box.dataset.shown === text) { return; }
      var open = Array.prototype.map.call(box.querySelectorAll("details[open]"), function (one) { return one.id; });
      box.innerHTML = text; // our own page, escaped by the server
      box.dataset.shown = text;
      open.forEach(function (id) {
        var one = document.getElementById(id);
        if (one) { one.open = true; }
      });
    }

    function look() {
      if (document.hidden) { later(); return; }
      window.fetch(box.dataset.live, { credentials: "same-origin", cache: "no-store", redirect: "error" })
        .then(function (answer) {
          if (answer.status === 404 || answer.status === 403) { window.location.reload(); return null; }
          if (!answer.ok) { throw new Error(String(answer.status)); }
          return answer.text();
        })
        .then(function (text) {
          if (text === null) { return; }
          pause = EVERY;
          show(text);
          if (!box.querySelector("[data-complete]")) { later(); }
        })
        .catch(function () { pause = Math.min(2 * pause, SLOWEST); later(); }); // the server restarts, or the PC slept
    }

    if (!box.querySelector("[data-complete]")) { later(); }
  }

  document.addEventListener("DOMContentLoaded", function () {
    Array.prototype.forEach.call(document.querySelectorAll("[data-live]"), watch);
    Array.prototype.forEach.call(document.querySelectorAll("[data-by-hand]"), function (one) { one.hidden = true; });
    Array.prototype.forEach.call(document.querySelectorAll("[data-copy]"), function (button) {
      if (!navigator.clipboard) { return; }
      button.hidden = false;
      button.addEventListener("click", function () {
        var text = document.getElementById(button.dataset.copy).textContent;
        navigator.clipboard.writeText(text).then(function () { button.textContent = "Copied"; });
      });
    });
  });
})();
