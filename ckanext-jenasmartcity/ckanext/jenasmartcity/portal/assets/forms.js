/* The boxes that select2 puts in place of CKAN's fields get the name of the field. */
(function () {
  "use strict";

  function name(container) {
    var field = container.previousElementSibling;
    var label = field && field.id && document.querySelector('label[for="' + CSS.escape(field.id) + '"]');
    var text = label ? label.textContent.replace("*", "").trim() : (field && field.getAttribute("aria-label")) || "";
    if (!text) { return; }
    container.querySelectorAll(".select2-selection, .select2-search__field").forEach(function (box) {
      box.removeAttribute("aria-labelledby");
      box.setAttribute("aria-label", text);
    });
  }

  function nameAll() { document.querySelectorAll(".select2-container").forEach(name); }

  window.addEventListener("load", function () {
    nameAll();
    new MutationObserver(nameAll).observe(document.getElementById("content") || document.body, { childList: true, subtree: true });
  });
})();
