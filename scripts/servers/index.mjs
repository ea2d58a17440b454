export { findFreePorts } from './free-ports.mjs';
export { startMlflow } from './mlflow-server.mjs';
export { startS3Server } from './s3-server.mjs';
export { startTemporal } from './temporal-server.mjs';
