// What takes longer than a moment says so. Forms are sent once; files are fetched so that the page knows when they came.
// Without this file every form and link works as it is.
(function () {
  "use strict";
  var SOON = 400; // ms: what is quicker needs no words
  var LONGEST = 60000; // then a form may be sent again: whatever it was, it is not coming
  var note = document.createElement("p");
  note.className = "visually-hidden";
  note.setAttribute("aria-live", "polite");
  note.dataset.busyWords = "";
  document.body.appendChild(note);

  function begin(box, button) {
    box.setAttribute("aria-busy", "true");
    box.busyTimer = window.setTimeout(function () {
      note.textContent = "Working…";
      if (!button) { return; }
      button.busyWords = button.busyWords || Array.prototype.slice.call(button.childNodes);
      button.textContent = "Working…";
      button.setAttribute("aria-disabled", "true");
    }, SOON);
    box.busyEnd = window.setTimeout(function () { end(box, button); }, LONGEST);
    box.busyButton = button;
  }

  function end(box) {
    window.clearTimeout(box.busyTimer);
    window.clearTimeout(box.busyEnd);
    box.removeAttribute("aria-busy");
    note.textContent = "";
    var button = box.busyButton;
    if (button && button.busyWords) {
      button.replaceChildren.apply(button, button.busyWords);
      button.removeAttribute("aria-disabled");
      button.busyWords = null;
    }
  }

  document.addEventListener("submit", function (event) {
    var form = event.target;
    if (event.defaultPrevented || form.method === "dialog") { return; }
    if (form.getAttribute("aria-busy") === "true" && form.method === "post") { event.preventDefault(); return; }
    begin(form, event.submitter && event.submitter.tagName === "BUTTON" ? event.submitter : null);
  });

  // A page that comes back out of the browser's memory is ready again.
  window.addEventListener("pageshow", function (event) {
    if (event.persisted) { document.querySelectorAll("[aria-busy='true']").forEach(end); }
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a[data-file]") : null;
    if (!link || event.defaultPrevented || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || !window.fetch) { return; }
    event.preventDefault();
    if (link.getAttribute("aria-busy") === "true") { return; }
    begin(link, link);
    fetch(link.href, { credentials: "same-origin" })
      .then(function (answer) {
        var said = answer.headers.get("Content-Disposition") || "";
        var name = /filename="([^"]+)"/.exec(said);
        if (!answer.ok || !name) { throw new Error(String(answer.status)); } // a page: shown by going there
        return answer.blob().then(function (body) { save(body, name[1]); });
      })
      .then(function () { end(link); note.textContent = "The file is saved."; }, function () { end(link); window.location.assign(link.href); });
  });

  function save(body, name) {
    var address = window.URL.createObjectURL(body);
    var way = document.createElement("a");
    way.href = address;
    way.download = name;
    way.click();
    window.setTimeout(function () { window.URL.revokeObjectURL(address); }, LONGEST);
  }
})();
