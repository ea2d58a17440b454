export { backtest } from './backtest.js';
export { monitor } from './monitor.js';
export { promote } from './promote.js';
export { retrain } from './retrain.js';
export { rollback } from './rollback.js';
export { score } from './score.js';
