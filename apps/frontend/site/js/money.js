// Money between minor units (as stored), text (as typed) and display. Deliberately without floating point sums.

/** How many digits a currency has after the point: 2 for EUR, 0 for JPY. */
export function fractionDigits(currency) {
  try {
    return new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits;
  } catch {
    return 2; // not a currency (yet), while it is being typed
  }
}

/** As people read it: "€249.00". */
export function shownPrice({ amountMinor, currency }) {
  const digits = fractionDigits(currency);
  return new Intl.NumberFormat(undefined, { style: "currency", currency }).format(amountMinor / 10 ** digits);
}

/** As people type it: "249.00". */
export function typedAmount({ amountMinor, currency }) {
  const digits = fractionDigits(currency);
  return (amountMinor / 10 ** digits).toFixed(digits);
}

/** Minor units of "1,234.50", "1.234,50" or "1234"; null when it is no amount of this currency. */
export function minorUnits(text, currency) {
  const digits = fractionDigits(currency);
  const compact = text.replace(/[\s\u00a0'’]/g, "");
  const parts = /^(\d{1,3}(?:[.,]\d{3})+|\d+)(?:[.,](\d{1,}))?$/.exec(compact);
  if (!parts) return null;
  const [, whole, fraction = ""] = parts;
  if (fraction.length > digits) return null;
  const amount = Number(whole.replace(/[.,]/g, "") + fraction.padEnd(digits, "0"));
  return Number.isSafeInteger(amount) ? amount : null;
}
