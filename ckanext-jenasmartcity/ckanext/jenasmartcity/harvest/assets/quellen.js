/* The pages of sources: progress of a run, and the form's schedule.  Both work without. */
(function () {
  "use strict";

  var PAUSE = 2000;

  function json(url) {
    return fetch(url, { credentials: "same-origin", headers: { Accept: "application/json" } }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    });
  }

  function follow(box) {
    var bar = box.querySelector("progress");
    var text = box.querySelector("[data-progress-text]");
    function ask() {
      json(box.dataset.progress).then(function (run) {
        if (!run.busy) { location.reload(); return; }
        if (run.total) { bar.max = run.total; bar.value = run.done; }
        /* said only when it is something new, so that a screen reader is not kept busy */
        if (text.textContent !== run.text) { text.textContent = run.text; }
        setTimeout(ask, PAUSE);
      }).catch(function () { setTimeout(ask, 5 * PAUSE); });
    }
    setTimeout(ask, PAUSE);
  }

  function schedule(box) {
    var form = box.closest("form");
    var text = document.getElementById("times");
    var latest = 0;
    function chosen() {
      var kind = box.querySelector("input[name=schedule]:checked");
      return kind ? kind.value : "never";
    }
    function show() {
      box.querySelectorAll("[data-for]").forEach(function (part) {
        part.hidden = part.dataset.for.split(" ").indexOf(chosen()) < 0;
      });
    }
    function ask() {
      var mine = (latest += 1);
      var asked = new URLSearchParams();
      new FormData(form).forEach(function (value, name) {
        if (name.indexOf("schedule") === 0) { asked.append(name, value); }
      });
      json(box.dataset.times + "?" + asked).then(function (answer) {
        if (mine === latest) { text.textContent = answer.text; }
      }).catch(function () { text.textContent = ""; });
    }
    box.querySelectorAll("[data-without-script]").forEach(function (button) { button.hidden = true; });
    box.addEventListener("change", function () { show(); ask(); });
    show();
  }

  document.querySelectorAll("[data-progress]").forEach(follow);
  document.querySelectorAll("[data-times]").forEach(schedule);
  var result = document.getElementById("ergebnis");
  if (result && result.tabIndex === -1) { result.focus(); }
})();
