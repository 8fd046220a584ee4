// Files with what has come of them so far. Without scripts the same links download by themselves, and so does what
// is larger than should be gathered here.
(function () {
  "use strict";
  // A file is held until it is whole. Of a larger one nothing is: the browser writes it to the disk as it comes.
  var GATHERED_MAX = 64 * 1024 * 1024;
  var TOLD_EVERY_MS = 250;
  var NEW_LINE = 10, QUOTE = 34;

  function number(value) { return value.toLocaleString("en-GB"); }

  function size(bytes) {
    var units = ["B", "kB", "MB", "GB"], at = 0, value = bytes;
    while (value >= 1000 && at < units.length - 1) { value /= 1000; at += 1; }
    return (at === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)) + " " + units[at];
  }

  // A line break within quotes belongs to a cell.
  function counter() {
    var isQuoted = false, lines = 0;
    return {
      take: function (bytes) {
        for (var at = 0; at < bytes.length; at += 1) {
          if (bytes[at] === QUOTE) { isQuoted = !isQuoted; } else if (bytes[at] === NEW_LINE && !isQuoted) { lines += 1; }
        }
      },
      // The first line names the columns.
      rows: function () { return Math.max(0, lines - 1); }
    };
  }

  function nameOf(response) {
    var found = /filename="([^"]+)"/.exec(response.headers.get("Content-Disposition") || "");
    return found ? found[1] : "export";
  }

  function follow(address, name) {
    var link = document.createElement("a");
    link.href = address;
    link.download = name;
    link.click();
  }

  function save(blob, name) {
    var address = URL.createObjectURL(blob);
    follow(address, name);
    window.setTimeout(function () { URL.revokeObjectURL(address); }, 60000);
  }

  // The line below the page's head that says how far it is; said aloud only when it begins and ends.
  function board(link) {
    var line = document.createElement("p"), text = document.createElement("span");
    var stop = document.createElement("button"), aloud = document.createElement("span");
    line.className = "say is-going";
    text.textContent = "The file is being made…";
    stop.className = "button slim";
    stop.type = "button";
    stop.textContent = "Stop";
    aloud.className = "unseen";
    aloud.setAttribute("role", "status");
    line.append(text, stop, aloud);
    link.closest(".head, .sheet").after(line);
    aloud.textContent = text.textContent;
    return {
      stop: stop,
      tell: function (words) { text.textContent = words; },
      end: function (words, look) {
        line.className = "say " + look;
        text.textContent = words;
        text.setAttribute("aria-hidden", "true");
        aloud.textContent = words;
        stop.remove();
      },
      remove: function () { line.remove(); }
    };
  }

  async function download(link, told, signal) {
    var rows = link.dataset.export === "rows" ? counter() : null;
    var parts = [], bytes = 0, toldAt = 0;
    function soFar() { return (rows ? number(rows.rows()) + " rows, " : "") + size(bytes); }

    var response = await fetch(link.href, { signal: signal, credentials: "same-origin" });
    // Where the session is over the answer is the page for signing in.
    if (!response.ok || response.redirected) { throw new Error("refused"); }
    var name = nameOf(response), reader = response.body.getReader();
    for (var step = await reader.read(); !step.done; step = await reader.read()) {
      bytes += step.value.length;
      if (bytes > GATHERED_MAX) {
        await reader.cancel();
        follow(link.href, name);
        told.end("This file is larger than " + size(GATHERED_MAX) + ". Your browser saves it now, from its beginning, and shows how far it is; one that it calls failed is not whole.", "is-good");
        return;
      }
      parts.push(step.value);
      if (rows) { rows.take(step.value); }
      if (Date.now() - toldAt >= TOLD_EVERY_MS) {
        toldAt = Date.now();
        told.tell(soFar() + " so far");
      }
    }
    save(new Blob(parts, { type: response.headers.get("Content-Type") }), name);
    told.end("Saved " + name + ": " + soFar() + ".", "is-good");
  }

  async function begin(link) {
    var told = board(link), aborting = new AbortController();
    told.stop.addEventListener("click", function () { aborting.abort(); });
    link.setAttribute("aria-disabled", "true");
    try {
      await download(link, told, aborting.signal);
    } catch (error) {
      if (aborting.signal.aborted) {
        told.end("Stopped; nothing was saved.", "is-good");
      } else {
        told.end("The file broke off, and nothing was saved. Try it again; if your session is over, sign in first.", "is-bad");
      }
    }
    link.removeAttribute("aria-disabled");
    return told;
  }

  document.addEventListener("DOMContentLoaded", function () {
    if (!window.fetch || !window.ReadableStream || !window.AbortController) { return; }
    document.querySelectorAll("a[data-export]").forEach(function (link) {
      var before = null;
      link.addEventListener("click", function (event) {
        // Whoever opens it elsewhere, or saves it under another name, wants the plain link.
        if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) { return; }
        event.preventDefault();
        if (link.getAttribute("aria-disabled") === "true") { return; }
        if (before) { before.remove(); }
        begin(link).then(function (told) { before = told; });
      });
    });
  });
})();
