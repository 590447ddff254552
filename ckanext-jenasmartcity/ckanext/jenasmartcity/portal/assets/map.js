/* Maps: a table's places on the outline of the city.  Text from data enters as text nodes only. */
(function () {
  "use strict";

  // Beyond this many places a canvas draws them, and the table is the way for the keyboard.
  var MOST_WITH_KEYBOARD = 500;
  var PLACE = { color: "#0b2b57", weight: 2, fillColor: "#ffc933", fillOpacity: 0.85, radius: 8 };
  var AREA = { color: "#17539f", weight: 2, fillColor: "#17539f", fillOpacity: 0.18 };
  var OPEN = { color: "#a61b2b", weight: 4 };
  var NAMES_FROM_ZOOM = 12;

  function element(tag, text, className) {
    var node = document.createElement(tag);
    if (text !== undefined) { node.textContent = text; }
    if (className) { node.className = className; }
    return node;
  }

  function shown(value, language) {
    if (value === null || value === undefined || value === "") { return ""; }
    if (typeof value === "number") { return value.toLocaleString(language, { useGrouping: false, maximumFractionDigits: 10 }); }
    if (typeof value === "boolean") { return value ? "✓" : "–"; }
    var text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return text.length > 300 ? text.slice(0, 299) + "…" : text;
  }

  function popup(properties, labels, language) {
    var list = element("dl");
    Object.keys(properties).forEach(function (key) {
      var text = shown(properties[key], language);
      if (!text) { return; }
      list.appendChild(element("dt", labels[key] || key));
      list.appendChild(element("dd", text));
    });
    return list;
  }

  function nameOf(properties, fallback) {
    var keys = Object.keys(properties);
    var named = keys.filter(function (key) { return /name|titel|title|bezeichnung/i.test(key) && properties[key]; })[0];
    var first = named || keys.filter(function (key) { return typeof properties[key] === "string" && properties[key]; })[0];
    return first ? String(properties[first]).slice(0, 120) : fallback;
  }

  function attribution(text) {
    var control = L.control({ position: "bottomright" });
    control.onAdd = function () { return element("div", text, "leaflet-control-attribution"); };
    return control;
  }

  function drawBackground(map, background) {
    var names = L.layerGroup();
    var areas = L.geoJSON(background, {
      interactive: false,
      filter: function (feature) { return feature.properties.kind !== "label"; },
      style: function (feature) {
        return feature.properties.kind === "city"
          ? { color: "#8291a7", weight: 2, fillColor: "#ffffff", fillOpacity: 1 }
          : { color: "#b9c4d3", weight: 1, fill: false };
      }
    }).addTo(map);
    background.features.forEach(function (feature) {
      if (feature.properties.kind !== "label") { return; }
      var point = feature.geometry.coordinates;
      var icon = L.divIcon({ className: "jena-map__name", html: element("span", feature.properties.name), iconSize: null });
      names.addLayer(L.marker([point[1], point[0]], { icon: icon, interactive: false, keyboard: false }));
    });
    function toggleNames() {
      if (map.getZoom() >= NAMES_FROM_ZOOM) { map.addLayer(names); } else { map.removeLayer(names); }
    }
    map.on("zoomend", toggleNames);
    toggleNames();
    return areas;
  }

  function byKeyboard(layer, name) {
    var path = layer.getElement && layer.getElement();
    if (!path) { return; }
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "button");
    path.setAttribute("aria-label", name);
    path.addEventListener("keydown", function (event) {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        event.stopPropagation();
        layer.openPopup();
      }
    });
    layer.on("popupclose", function (event) {
      // Whoever closed it from inside goes on where it was opened.
      if (event.popup.getElement().contains(document.activeElement)) { path.focus(); }
    });
  }

  function drawPlaces(map, collection, box, language) {
    var labels = JSON.parse(box.dataset.labels || "{}");
    var keyboard = collection.features.length <= MOST_WITH_KEYBOARD;
    return L.geoJSON(collection, {
      renderer: keyboard ? L.svg() : L.canvas(),
      pointToLayer: function (feature, point) { return L.circleMarker(point, PLACE); },
      style: function (feature) { return /Point$/.test(feature.geometry.type) ? PLACE : AREA; },
      filter: function (feature) { return !!feature.geometry; },
      onEachFeature: function (feature, layer) {
        layer.bindPopup(function () { return popup(feature.properties, labels, language); }, { minWidth: Math.min(260, box.clientWidth - 60), maxWidth: Math.min(340, box.clientWidth - 60) });
        layer.on("popupopen", function (event) {
          layer.setStyle(OPEN);
          var content = event.popup.getElement().querySelector(".leaflet-popup-content");
          content.setAttribute("tabindex", "0"); // it scrolls
          content.setAttribute("role", "group");
          content.setAttribute("aria-label", nameOf(feature.properties, box.dataset.place));
          var close = event.popup.getElement().querySelector(".leaflet-popup-close-button");
          if (close) { close.setAttribute("aria-label", box.dataset.close); close.focus(); }
        });
        layer.on("popupclose", function () { layer.setStyle(/Point$/.test(feature.geometry.type) ? PLACE : AREA); });
        if (keyboard) { layer.on("add", function () { byKeyboard(layer, nameOf(feature.properties, box.dataset.place)); }); }
      }
    }).addTo(map);
  }

  function draw(box, background, collection, note) {
    var language = document.documentElement.lang || "de";
    var map = L.map(box, { attributionControl: false, zoomControl: false, scrollWheelZoom: false, zoomSnap: 0.25, minZoom: 9, maxZoom: 18 });
    // The wheel zooms only a map that somebody has chosen, so that pages scroll past it.
    map.on("focus", function () { map.scrollWheelZoom.enable(); });
    map.on("blur", function () { map.scrollWheelZoom.disable(); });
    map.setView([50.927, 11.589], 12);
    L.control.zoom({ zoomInTitle: box.dataset.zoomIn, zoomOutTitle: box.dataset.zoomOut }).addTo(map);
    attribution(box.dataset.attribution).addTo(map);
    var city = drawBackground(map, background);
    var places = drawPlaces(map, collection, box, language);
    var bounds = places.getBounds();
    map.fitBounds(bounds.isValid() ? bounds : city.getBounds(), { padding: [24, 24], maxZoom: 15, animate: false });
    if (!bounds.isValid()) { note.textContent = box.dataset.empty; }
    if (collection.truncated) {
      note.textContent = box.dataset.truncated.replace("{number}", collection.features.length.toLocaleString(language));
    }
    box.dataset.ready = "true";
    document.addEventListener("keydown", function (event) { if (event.key === "Escape") { map.closePopup(); } });
  }

  function json(address) {
    return fetch(address, { credentials: "same-origin" }).then(function (answer) {
      if (!answer.ok) { throw new Error(String(answer.status)); }
      return answer.json();
    });
  }

  function start(box) {
    var note = box.parentNode.querySelector("[data-jena-map-note]");
    Promise.all([json(box.dataset.background), json(box.dataset.jenaMap)]).then(function (found) {
      draw(box, found[0], found[1], note);
    }).catch(function (problem) {
      note.textContent = box.dataset.failed;
      console.error(problem);
    });
  }

  function whenSeen(box) {
    if (!("IntersectionObserver" in window)) { start(box); return; }
    var observer = new IntersectionObserver(function (entries) {
      if (entries.some(function (entry) { return entry.isIntersecting; })) { observer.disconnect(); start(box); }
    }, { rootMargin: "400px" });
    observer.observe(box);
  }

  document.querySelectorAll("[data-jena-map]").forEach(whenSeen);
})();
