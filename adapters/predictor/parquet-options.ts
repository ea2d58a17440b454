/**
 * How every score file is written. Fixed, so that the same rows give the same bytes; the path is the caller's own. Keys
 * and scores have no dictionary worth building, and a column with more values than this is known to be one of them. Version 2
 * writes them as differences and as planes of bytes, which zstd packs in less time and into less space.
 */
export const parquetOptions =
  '(FORMAT parquet, COMPRESSION zstd, DICTIONARY_SIZE_LIMIT 1000, ROW_GROUP_SIZE 122880, PARQUET_VERSION v2, USE_TMP_FILE false)';
