// The mapping page with a keyboard and without reloading. Everything here works without this file too, as plain forms.
(function () {
  "use strict";
  var page = document.querySelector("[data-mapping]");
  var draft = document.getElementById("draft");
  if (!page) { return; }
  var keys = {};
  document.querySelectorAll("[data-key]").forEach(function (one) { keys[one.dataset.key] = one.dataset.metric; });

  // Rows: one of them can be reached with Tab, the others from it.
  var rows = Array.prototype.slice.call(page.querySelectorAll("tr[data-account]"));
  rows.forEach(function (row, place) { row.tabIndex = place ? -1 : 0; });
  function reach(row) {
    rows.forEach(function (one) { one.tabIndex = one === row ? 0 : -1; });
  }
  function step(row, by) {
    var next = rows[rows.indexOf(row) + by];
    if (next) { reach(next); next.focus(); next.scrollIntoView({ block: "nearest" }); }
  }

  // A panel under a row: one at a time. A screen reader is told of it without losing the row.
  var opened = null;
  var said = document.querySelector("[data-said]");
  function close() {
    if (!opened) { return; }
    var row = opened.row;
    opened.line.remove();
    opened = null;
    if (row && !document.activeElement.closest("tr[data-account]")) { reach(row); row.focus(); }
  }
  function open(row, panel, what) {
    var hadFocus = opened && opened.line.contains(document.activeElement);
    if (opened) { opened.line.remove(); }
    var line = document.createElement("tr");
    var cell = document.createElement("td");
    line.className = "panel-line";
    cell.colSpan = 5;
    cell.appendChild(panel);
    line.appendChild(cell);
    row.after(line);
    opened = { row: row, line: line, what: what };
    panel.querySelectorAll("[data-close]").forEach(function (one) { one.hidden = false; });
    panel.tabIndex = -1;
    if (hadFocus) { panel.focus({ preventScroll: true }); }
    if (said) { said.textContent = (panel.querySelector("h3, p") || panel).textContent; }
    line.scrollIntoView({ block: "nearest" });
  }
  function tell(row, words) {
    var panel = document.createElement("div");
    panel.className = "panel";
    panel.setAttribute("role", "alert");
    panel.textContent = words;
    open(row, panel, "problem");
  }

  // Pieces of the page from the server. A newer question makes the answer to an older one void.
  var asked = 0;
  function ask(row, address, options, what) {
    var number = ++asked;
    options.headers = { "X-Part": "1" };
    options.credentials = "same-origin";
    page.setAttribute("aria-busy", "true");
    return fetch(address, options).then(function (answer) {
      return answer.text().then(function (text) { return { answer: answer, text: text }; });
    }).then(function (got) {
      if (number !== asked) { return false; }
      page.removeAttribute("aria-busy");
      var type = got.answer.headers.get("Content-Type") || "";
      var whole = new DOMParser().parseFromString(got.text, "text/html");
      var panel = whole.querySelector("[data-panel]");
      if (type.indexOf("text/plain") === 0) { tell(row, got.text); return false; }
      if (!panel || got.answer.redirected) { tell(row, "The server did not answer as expected. Reload the page and try again."); return false; }
      open(row, panel, what);
      var bar = whole.getElementById("draft-bar");
      if (bar) { document.getElementById("draft-bar").replaceWith(bar); }
      return true;
    }).catch(function () {
      if (number === asked) { page.removeAttribute("aria-busy"); tell(row, "The server cannot be reached. Nothing was changed."); }
      return false;
    });
  }

  function same(row) {
    return rows.filter(function (one) { return one.dataset.account === row.dataset.account; });
  }
  function assign(row, metric) {
    var select = row.querySelector("select");
    if (!draft || !select || !select.querySelector('option[value="' + metric + '"]')) { return; }
    var body = new FormData(draft);
    body.set("one", row.dataset.account + "|" + metric);
    ask(row, draft.action, { method: "POST", body: body }, "preview").then(function (done) {
      if (!done) { return; }
      same(row).forEach(function (one) {
        var chosen = one.querySelector("select");
        if (chosen) { chosen.value = metric; }
        one.classList.add("drafted");
      });
    });
  }
  function details(row) {
    var link = row.querySelector("[data-details]");
    if (!link) { return; }
    if (opened && opened.row === row && opened.what === "details") { close(); return; }
    ask(row, link.href, { method: "GET" }, "details");
  }

  page.addEventListener("click", function (event) {
    var row = event.target.closest("tr[data-account]");
    var suggestion = event.target.closest(".suggestion");
    if (suggestion) {
      event.preventDefault();
      assign(row, suggestion.value.slice(suggestion.value.lastIndexOf("|") + 1));
    } else if (event.target.closest("[data-details]") && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      details(row);
    } else if (event.target.closest("[data-close]")) {
      close();
    } else if (row && !event.target.closest("a, button, select, input")) {
      reach(row);
      row.focus({ preventScroll: true });
    }
  });
  page.addEventListener("change", function (event) {
    var row = event.target.closest("tr[data-account]");
    if (row && event.target.matches("select")) { assign(row, event.target.value); }
  });
  page.addEventListener("submit", function (event) {
    var form = event.target;
    if (!form.matches("[data-assign]")) { return; }
    event.preventDefault();
    ask(opened.row, form.action, { method: "POST", body: new FormData(form) }, "preview");
  });

  var dialog = document.getElementById("keys");
  var help = document.querySelector("[data-help-button]");
  if (help && dialog) {
    help.hidden = false;
    help.addEventListener("click", function () { dialog.showModal(); });
  }
  // Single keys count while a row has the focus, nowhere else: whoever types or dictates elsewhere sets nothing off.
  document.addEventListener("keydown", function (event) {
    if (event.key === "Escape" && opened && !(dialog && dialog.open)) { close(); }
  });
  page.addEventListener("keydown", function (event) {
    var row = event.target;
    if (!row.matches("tr[data-account]") || event.ctrlKey || event.metaKey || event.altKey) { return; }
    var first = row.querySelector(".suggestion");
    var done = true;
    if (event.key === "j" || event.key === "ArrowDown") { step(row, 1); }
    else if (event.key === "k" || event.key === "ArrowUp") { step(row, -1); }
    else if (event.key === "w") { details(row); }
    else if (event.key === "Enter" && first) { first.click(); }
    else if (event.key === "p") { var button = document.querySelector("[data-preview]"); if (button) { button.click(); } }
    else if (event.key === "/") { var search = document.querySelector("[data-search]"); if (search) { search.focus(); search.select(); } }
    else if (event.key === "?" && dialog) { dialog.showModal(); }
    else if (keys[event.key]) { assign(row, keys[event.key]); }
    else { done = false; }
    if (done) { event.preventDefault(); }
  });
})();
