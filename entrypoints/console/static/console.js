// The little that pages cannot do by themselves: a switch for light and dark, copying a key, saying what is
// missing beside its field, and showing of a form what the chosen kind needs.
(function () {
  "use strict";
  var root = document.documentElement;
  var THEMES = ["light", "dark"];

  function kept() {
    try { return window.localStorage.getItem("billing-theme"); } catch (error) { return null; }
  }
  function keep(theme) {
    try { window.localStorage.setItem("billing-theme", theme); } catch (error) { /* not kept, then */ }
  }
  // Before anything is drawn, so that no page flashes in the other colours.
  if (THEMES.indexOf(kept()) >= 0) { root.dataset.theme = kept(); }
  root.classList.add("scripted");

  function isDark() {
    if (root.dataset.theme) { return root.dataset.theme === "dark"; }
    return window.matchMedia("(prefers-color-scheme: dark)").matches;
  }

  // What is wrong stands beside its field, as it does when the service has refused it, until it is typed anew.
  function mark(field) {
    var about = document.getElementById(field.id + "-about"), isNew = about === null;
    if (field.getAttribute("aria-invalid") === "true") { return; }
    if (isNew) {
      about = document.createElement("p");
      about.id = field.id + "-about";
      field.after(about);
    }
    var before = Array.from(about.childNodes), problem = document.createElement("span");
    problem.className = "problem";
    problem.textContent = field.validity.valueMissing ? "Is required." : field.validationMessage;
    about.replaceChildren(problem);
    var described = field.getAttribute("aria-describedby") || "";
    field.setAttribute("aria-invalid", "true");
    if (isNew) { field.setAttribute("aria-describedby", (described + " " + about.id).trim()); }
    field.addEventListener("input", function () {
      about.replaceChildren.apply(about, before);
      field.removeAttribute("aria-invalid");
      if (isNew) {
        about.remove();
        if (described) { field.setAttribute("aria-describedby", described); } else { field.removeAttribute("aria-describedby"); }
      }
    }, { once: true });
  }

  document.addEventListener("DOMContentLoaded", function () {
    document.querySelectorAll("form[method=post]").forEach(function (form) {
      form.addEventListener("invalid", function (event) {
        event.preventDefault();
        mark(event.target);
        if (form.querySelector("input:invalid, select:invalid, textarea:invalid") === event.target) { event.target.focus(); }
      }, true);
    });
    document.querySelectorAll("[data-theme-switch]").forEach(function (button) {
      function label() { button.textContent = isDark() ? "Light" : "Dark"; }
      label();
      button.addEventListener("click", function () {
        root.dataset.theme = isDark() ? "light" : "dark";
        keep(root.dataset.theme);
        label();
      });
    });
    document.querySelectorAll(".menu-button").forEach(function (button) {
      button.addEventListener("click", function () {
        var isOpen = button.closest(".side").classList.toggle("is-open");
        button.setAttribute("aria-expanded", String(isOpen));
      });
    });
    document.querySelectorAll("[data-copy]").forEach(function (button) {
      if (!navigator.clipboard) { button.hidden = true; return; }
      button.addEventListener("click", function () {
        var text = document.getElementById(button.dataset.copy).textContent.trim();
        navigator.clipboard.writeText(text).then(function () { button.textContent = "Copied"; });
      });
    });
    // One click, one request: what is under way is not sent again.
    document.querySelectorAll("form[method=post]").forEach(function (form) {
      form.addEventListener("submit", function () {
        window.setTimeout(function () {
          form.querySelectorAll("button[type=submit]").forEach(function (button) { button.disabled = true; });
        }, 0);
      });
    });
    document.querySelectorAll("form[data-sends-itself] select").forEach(function (select) {
      select.addEventListener("change", function () { select.form.requestSubmit(); });
    });
    // Of the fields that belong to some kinds alone, those of the chosen kind are shown and sent.
    document.querySelectorAll("form[data-kinds]").forEach(function (form) {
      var choices = "input[name=" + form.dataset.kinds + "]";
      function show() {
        var chosen = form.querySelector(choices + ":checked");
        form.querySelectorAll("[data-kind]").forEach(function (part) {
          part.hidden = chosen !== null && part.dataset.kind.split(" ").indexOf(chosen.value) < 0;
          part.querySelectorAll("input, textarea").forEach(function (field) { field.disabled = part.hidden; });
        });
      }
      form.querySelectorAll(choices).forEach(function (choice) { choice.addEventListener("change", show); });
      window.addEventListener("pageshow", show);
      show();
    });
  });
  // A page that is taken from the browser's memory has its buttons back.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("button[type=submit]").forEach(function (button) { button.disabled = false; });
  });
})();
