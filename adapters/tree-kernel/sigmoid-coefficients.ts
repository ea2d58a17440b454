/**
 * ONNX Runtime's `Sigmoid` is an odd polynomial over an even one, plus a half, of a value that is kept within the range.
 * Coefficients of the odd numerator and the even denominator, the highest power first; they are used as float32.
 */
export const numerator = [
  4.37031012579801e-11, 1.15627324459942e-7, 6.08574864600143e-5, 8.51377133304701e-3, 2.48287947061529e-1,
];
export const denominator = [
  6.10247389755681e-13, 5.76102136993427e-9, 6.2910678501704e-6, 1.70198817374094e-3, 1.16817656904453e-1,
  9.9315192102318e-1,
];
export const RANGE = 18;
