// The content security policy allows no inline script. This does what the inline handlers
// in the forms of CKAN and ckanext-scheming would do, for those who are logged in.
(function () {
  "use strict";

  function check(id) {
    document.getElementById(id).checked = true;
  }

  function visit(id, action) {
    var element = document.getElementById(id);
    if (element) {
      element[action]();
    }
  }

  function removeSource(button) {
    var file = button.parentElement.querySelector("#field-resource-upload");
    var link = button.parentElement.querySelector("#field-resource-url");
    if (!file && !link) {
      check("field-clear-upload");
      visit("field-resource-upload", "focus");
      return;
    }
    check("resource-url-none");
    (file || link).value = "";
    visit(document.getElementById("resource-upload-button") ? "resource-upload-button" : "resource-link-button", "focus");
  }

  function addText(link) {
    window.MultipleText.multiple_add(link.closest("fieldset").name);
  }

  var actions = {
    "#resource-upload-button": function () {
      check("resource-url-upload");
      visit("field-resource-upload", "click");
    },
    "#resource-link-button": function () {
      check("resource-url-link");
      visit("field-resource-url", "focus");
    },
    ".resource-upload-field .btn-remove-url": removeSource,
    'a[href^="javascript:MultipleText"]': addText
  };

  document.addEventListener("click", function (event) {
    Object.keys(actions).forEach(function (selector) {
      var target = event.target.closest(selector);
      if (target) {
        actions[selector](target);
      }
    });
    if (event.target.closest('a[href^="javascript:"]')) {
      event.preventDefault();
    }
  });

  document.addEventListener("change", function (event) {
    var button = document.getElementById("revoke-tokens-button");
    if (button && event.target.name === "token") {
      button.disabled = !document.querySelector('[name="token"]:checked');
    }
  });
})();
