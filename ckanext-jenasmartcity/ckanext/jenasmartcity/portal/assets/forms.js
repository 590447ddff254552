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

  /* CKAN makes "strabenlarm" of "Straßenlärm". */
  var spelled = { "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss" };
  var url = window.jQuery && window.jQuery.url;
  if (url && url.slugify) {
    var slugify = url.slugify;
    url.slugify = function (text, trim) {
      var german = text.toLowerCase().replace(/[äöüß]/g, function (letter) { return spelled[letter]; });
      return slugify.call(url, german, trim);
    };
  }

  /* A link of the list of errors may lead into a group that is closed. */
  function open() {
    var field = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    var group = field && field.closest("details");
    if (group) { group.open = true; }
    if (field) { field.scrollIntoView(); field.focus(); }
  }
  window.addEventListener("hashchange", open);

  window.addEventListener("load", function () {
    open();
    nameAll();
    new MutationObserver(nameAll).observe(document.getElementById("content") || document.body, { childList: true, subtree: true });
  });
})();
