/** How every score file is written. Fixed, so that the same rows give the same bytes; the path is the caller's own. */
export const parquetOptions = '(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880, USE_TMP_FILE false)';
