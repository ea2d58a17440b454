/** A half-open interval of UTC time: `start` is included, `end` is not. Both are ISO instants ending in `Z`. */
export interface Window {
  readonly start: string;
  readonly end: string;
}
