// What htmx cannot be told in attributes while eval is off, for a part that somebody has asked to change: waiting, failing
// and news are said, a refusal leads to the whole page, and a word typed is one step back. moving.js has the other parts.
(function () {
  "use strict";
  var SOON = 400, wasTyped = false; // ms until waiting is said
  function on(name, act) {
    document.addEventListener("htmx:" + name, function (event) {
      if (!event.detail.target.hasAttribute("data-live")) { act(event.detail.target, event.detail); }
    });
  }
  function say(part, words) { (part.closest("dialog") || document).querySelector("[data-news]").textContent = words; }
  function fail(part, detail) {
    var old = part.querySelector("[data-failed]");
    if (old) { old.remove(); }
    say(part, "");
    part.prepend(document.getElementById("no-answer").content.cloneNode(true));
    var again = part.querySelector("[data-failed] button");
    again.addEventListener("click", function () { window.htmx.ajax("get", detail.pathInfo.requestPath, { source: detail.elt, target: part }).catch(function () { /* said by fail */ }); });
    if (document.activeElement === document.body) { again.focus(); }
  }
  on("beforeRequest", function (part) {
    part.setAttribute("aria-busy", "true");
    part.soon = window.setTimeout(say, SOON, part, "Loading…");
  });
  on("afterRequest", function (part) { window.clearTimeout(part.soon); part.removeAttribute("aria-busy"); });
  on("sendError", fail);
  on("timeout", fail);
  on("beforeSwap", function (part, detail) {
    var status = detail.xhr.status, asked = new URL(detail.pathInfo.finalRequestPath, window.location.href);
    if (status === 403 || status === 404 || new URL(detail.xhr.responseURL).pathname !== asked.pathname) {
      detail.shouldSwap = false; // not theirs any more, or the session has ended: the page says which
      window.location.assign(asked.href);
    } else if (status >= 400) { fail(part, detail); }
  });
  on("afterSwap", function (part) {
    var news = part.querySelector("[data-says]");
    say(part, news ? news.dataset.says : "");
    if (document.activeElement === document.body) { part.focus({ preventScroll: true }); }
  });
  on("beforeHistoryUpdate", function (part, detail) {
    var cause = detail.requestConfig.triggeringEvent, isTyped = Boolean(cause && cause.type === "input");
    if (isTyped && wasTyped || detail.history.path === window.location.pathname + window.location.search) { detail.history.type = "replace"; }
    wasTyped = isTyped;
  });
})();
