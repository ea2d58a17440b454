/**
 * What configured SQL may call: functions whose value is made from their arguments alone. Anything else is refused, so a
 * function that a later engine brings stays out until somebody has looked at it. Left out on purpose: whatever reads
 * files, settings, clocks or random numbers, and `hash`, whose values change between engine versions.
 */
const operators = `
  !~~ !~~* % & && * ** + - ->> / // <-> << <=> <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~`;

const scalarFunctions = `
  abs acos acosh add age aggregate apply array_aggr array_aggregate array_apply array_cat array_concat
  array_contains array_cosine_distance array_cosine_similarity array_cross_product array_distance array_distinct
  array_dot_product array_extract array_filter array_grade_up array_has array_has_all array_has_any array_indexof
  array_inner_product array_intersect array_length array_negative_dot_product array_negative_inner_product
  array_position array_reduce array_resize array_reverse_sort array_select array_slice array_sort array_to_json
  array_transform array_unique array_value array_where array_zip ascii asin asinh atan atan2 atanh bar base64 bin
  bit_count bit_length bit_position bitstring cardinality cbrt ceil ceiling century char_length character_length chr
  concat concat_ws contains cos cosh cot damerau_levenshtein date_diff date_part date_sub date_trunc datediff
  datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear decade decode degrees divide editdist3
  element_at encode ends_with enum_first enum_last enum_range enum_range_boundary epoch epoch_ms epoch_ns epoch_us
  equi_width_bins era even exp factorial filter flatten floor format formatReadableDecimalSize formatReadableSize
  format_bytes from_base64 from_binary from_hex from_json from_json_strict gamma gcd generate_series get_bit
  grade_up greatest greatest_common_divisor hamming hex hour ilike_escape instr is_histogram_other_bin isfinite
  isinf isnan isodow isoyear jaccard jaro_similarity jaro_winkler_similarity json_array json_array_length
  json_contains json_exists json_extract json_extract_path json_extract_path_text json_extract_string json_keys
  json_merge_patch json_object json_pretty json_quote json_structure json_transform json_transform_strict json_type
  json_valid json_value julian last_day lcase lcm least least_common_multiple left left_grapheme len length
  length_grapheme levenshtein lgamma like_escape list_aggr list_aggregate list_apply list_cat list_concat
  list_contains list_cosine_distance list_cosine_similarity list_distance list_distinct list_dot_product
  list_element list_extract list_filter list_grade_up list_has list_has_all list_has_any list_indexof
  list_inner_product list_intersect list_negative_dot_product list_negative_inner_product list_pack list_position
  list_reduce list_resize list_reverse_sort list_select list_slice list_sort list_transform list_unique list_value
  list_where list_zip ln log log10 log2 lower lpad ltrim make_date make_time make_timestamp make_timestamp_ms
  make_timestamp_ns make_timestamptz map map_concat map_contains map_entries map_extract map_extract_value
  map_from_entries map_keys map_values md5 md5_number microsecond millennium millisecond minute mismatches mod month
  monthname multiply nanosecond nextafter nfc_normalize normalized_interval not_ilike_escape not_like_escape
  octet_length ord parse_dirname parse_dirpath parse_filename parse_formatted_bytes parse_path pi position pow power
  prefix printf quarter radians range reduce regexp_escape regexp_extract regexp_extract_all regexp_full_match
  regexp_matches regexp_replace regexp_split_to_array repeat replace reverse right right_grapheme round row
  row_to_json rpad rtrim second set_bit sha1 sha256 sign signbit sin sinh split sqrt starts_with str_split
  str_split_regex strftime string_split string_split_regex string_to_array strip_accents strlen strpos strptime
  struct_concat struct_contains struct_extract struct_extract_at struct_has struct_indexof struct_insert struct_keys
  struct_pack struct_position struct_update struct_values substr substring substring_grapheme subtract suffix switch
  tan tanh time_bucket timezone timezone_hour timezone_minute to_base to_base64 to_binary to_centuries to_days
  to_decades to_hex to_hours to_json to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters
  to_seconds to_timestamp to_weeks to_years translate trim trunc try_strptime typeof ucase unbin unhex unicode
  union_extract union_tag union_value upper url_decode url_encode week weekday weekofyear xor year yearweek
  array_append array_pop_back array_pop_front array_prepend array_push_back array_push_front array_reverse
  array_to_string date_add days_in_month fdiv fmod json list_any_value list_append list_approx_count_distinct
  list_avg list_bit_and list_bit_or list_bit_xor list_bool_and list_bool_or list_count list_entropy list_first
  list_histogram list_kurtosis list_kurtosis_pop list_last list_mad list_max list_median list_min list_mode
  list_prepend list_product list_reverse list_sem list_skewness list_stddev_pop list_stddev_samp list_string_agg
  list_sum list_var_pop list_var_samp map_contains_entry map_contains_value md5_number_lower md5_number_upper nullif
  round_even roundbankers split_part unnest grouping grouping_id`;

/** Their value is the same in whatever order the rows come. */
const orderFreeAggregates = `
  approx_count_distinct bit_and bit_or bit_xor bitstring_agg bool_and bool_or count count_if count_star countif max
  min median quantile quantile_cont quantile_disc mad histogram histogram_exact`;

/** Their value depends on the order of rows: sums of DOUBLEs by rounding, others by who is first. */
const orderedAggregates = `
  any_value arbitrary arg_max arg_max_null arg_max_nulls_last arg_min arg_min_null arg_min_nulls_last argmax argmin
  array_agg avg corr covar_pop covar_samp cume_dist dense_rank entropy favg fill first first_value fsum geomean
  geometric_mean group_concat json_group_array json_group_object kahan_sum kurtosis kurtosis_pop lag last last_value
  lead list listagg max_by mean min_by mode nth_value ntile percent_rank product rank rank_dense regr_avgx regr_avgy
  regr_count regr_intercept regr_r2 regr_slope regr_sxx regr_sxy regr_syy row_number sem skewness stddev stddev_pop
  stddev_samp string_agg sum sum_no_overflow sumkahan var_pop var_samp variance wavg weighted_avg`;

/** Table functions that make rows from their arguments. */
const tableFunctions = 'range generate_series unnest json_each';

export const allowedScalars = nameSet(operators, scalarFunctions);
export const allowedAggregates = nameSet(orderFreeAggregates, orderedAggregates);
export const allowedTableFunctions = nameSet(tableFunctions);
export const aggregatesByOrder = nameSet(orderedAggregates);

/** Words that stand for the clock without parentheses. They name a column only with the column's table before them. */
export const clockWords = nameSet('current_timestamp current_date current_time localtime localtimestamp');

const CLOCK = nameSet(`now today transaction_timestamp get_current_time get_current_timestamp current_localtime
  current_localtimestamp ago age current_timestamp current_date current_time localtime localtimestamp`);
const RANDOM = nameSet('random setseed uuid uuidv4 uuidv7 gen_random_uuid nextval currval txid_current');
const SETTING = nameSet('getenv current_setting getvariable version current_user current_database current_schema');
const SAMPLED = nameSet('reservoir_quantile approx_quantile approx_top_k');

/** What to write instead of a function that is refused. */
export function insteadOf(name: string): string {
  if (CLOCK.has(name)) return 'the data clock, $as_of, or the window, $window_start and $window_end';
  if (RANDOM.has(name)) return 'a value made from the row, such as md5_number_lower(key)';
  if (SETTING.has(name)) return 'a constant in the text itself';
  if (SAMPLED.has(name)) return 'quantile_cont or another exact aggregate';
  if (name === 'hash') return 'md5_number_lower(…), which is the same in every version of the engine';
  if (/^(read_|parquet_|sniff_|seq_scan|glob$|arrow_scan|which_secret)|_scan$/.test(name)) {
    return 'the name of a table of dataset.sources';
  }
  if (/^(query|query_table|json_execute_serialized_sql)$/.test(name)) return 'the SELECT itself, written out';
  return 'a function whose value is made from its arguments alone';
}

function nameSet(...texts: readonly string[]): ReadonlySet<string> {
  return new Set(
    texts.flatMap((text) =>
      text
        .toLowerCase()
        .split(/\s+/)
        .filter((name) => name !== ''),
    ),
  );
}
