// Shows each quarter's rate while counts are typed; the server computes the ones that count.
(() => {
  "use strict";

  // The rules of metrics/measures.py in whole numbers: two decimals, half up, never rounded to
  // all or none. Returns an empty string for what is no count.
  const SCALE = { percent: 100n, per_million: 1000000n };

  function readCount(text) {
    const typed = text.trim();
    return /^([0-9]+|[0-9]{1,3}(,[0-9]{3})+)$/.test(typed) ? BigInt(typed.replaceAll(",", "")) : null;
  }

  function inHundredths(hundredths) {
    const whole = (hundredths / 100n).toLocaleString("en-US");
    return `${whole}.${String(hundredths % 100n).padStart(2, "0")}`;
  }

  function rateText(numerator, denominator, unit, basis) {
    if (numerator === null || denominator === null) return "–";
    if (denominator === 0n) return numerator === 0n ? "Not calculable" : "Check the counts";
    const scaled = numerator * SCALE[unit] * 100n;
    let hundredths = (2n * scaled + denominator) / (2n * denominator);
    const difference = scaled - 10000n * denominator;
    let prefix = "";
    if (scaled > 0n && hundredths === 0n) {
      prefix = "less than ";
      hundredths = 1n;
    } else if (unit === "percent" && hundredths === 10000n && difference !== 0n) {
      prefix = "more than ";
      if (difference < 0n) hundredths = 9999n;
    }
    const figure = prefix + inHundredths(hundredths);
    return unit === "percent" ? `${figure}%` : `${figure} per million ${basis}`.trim();
  }

  for (const metric of document.querySelectorAll(".metric-grid")) {
    for (const row of metric.querySelectorAll("[data-quarter]")) {
      const [numerator, denominator] = row.querySelectorAll("input[inputmode=numeric]");
      const notMeasured = row.querySelector("input[type=checkbox]");
      const rate = row.querySelector("[data-rate]");
      row.addEventListener("input", () => {
        rate.textContent = notMeasured.checked
          ? "Not measured"
          : rateText(readCount(numerator.value), readCount(denominator.value), metric.dataset.unit, metric.dataset.basis);
      });
    }
  }
})();
