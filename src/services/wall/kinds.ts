/** What kind of file a name says it is, by its ending. */

export const FILE_KINDS = ['audio', 'video', 'image', 'document', 'archive', 'program'] as const
export type FileKind = (typeof FILE_KINDS)[number]

// biome-ignore format: a table
const ENDINGS: Readonly<Record<FileKind, string>> = {
  audio: 'aac ac3 aif aiff ape flac m4a m4b mid midi mka mp2 mp3 mpc oga ogg opus ra wav wma wv',
  video: '3gp asf avi divx flv m2ts m4v mkv mov mp4 mpe mpeg mpg mts ogm ogv rm rmvb ts vob webm wmv',
  image: 'bmp gif heic jpeg jpg png psd raw svg tif tiff webp',
  document: 'azw3 chm csv djvu doc docx epub htm html mobi odp ods odt pdf ppt pptx ps rtf txt xls xlsx',
  archive: '7z ace arj bz2 bin cab cbr cbz cue gz img iso lha lzh mdf nrg rar tar tgz xz zip zst',
  program: 'apk appimage bat com deb dll dmg exe jar msi pkg rpm scr sh',
}

const KIND_OF = new Map<string, FileKind>(
  FILE_KINDS.flatMap((kind) => ENDINGS[kind].split(' ').map((ending) => [ending, kind] as const)),
)

/** `Some Song.MP3` → `audio` */
export function kindOfName(name: string): FileKind | undefined {
  const ending = /\.([A-Za-z0-9]{1,8})$/.exec(name)?.[1]
  return ending === undefined ? undefined : KIND_OF.get(ending.toLowerCase())
}
