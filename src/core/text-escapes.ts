/** C0, DEL, C1, soft hyphen, zero-width and bidirectional controls, byte order mark, lone surrogates. */
export const HEX_ESCAPES =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: finding them is the purpose
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ud800-\udfff]/gu
