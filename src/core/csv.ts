/**
 * Cells of comma-separated values (RFC 4180).
 *
 * A cell that a spreadsheet would take for a formula gets an apostrophe in front: names in captures
 * are written by strangers.
 */

export function csvCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}
