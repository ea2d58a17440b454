import { connect } from 'node:http2';

const answerWithinMs = 2_000;

/** `DescribeNamespaceRequest { namespace: "default" }` as gRPC sends it: no compression, length, then the message. */
const describeDefaultNamespace = grpcFrame(Buffer.concat([Buffer.from([0x0a, 7]), Buffer.from('default')]));

/**
 * Whether a Temporal server answers and its namespace `default` exists. Written against HTTP/2 itself, because the
 * scripts run before any package is installed.
 * @param {string} address host:port
 * @returns {Promise<boolean>}
 */
export async function isTemporalHealthy(address) {
  const session = connect(`http://${address}`);
  try {
    return await new Promise((resolve) => {
      const refuse = () => {
        resolve(false);
      };
      session.once('error', refuse);
      session.setTimeout(answerWithinMs, refuse);
      const request = session.request({
        ':method': 'POST',
        ':path': '/temporal.api.workflowservice.v1.WorkflowService/DescribeNamespace',
        'content-type': 'application/grpc',
        te: 'trailers',
      });
      request.once('error', refuse);
      request.once('close', refuse);
      const judge = (/** @type {Record<string, unknown>} */ fields) => {
        if (fields['grpc-status'] !== undefined) resolve(fields['grpc-status'] === '0');
      };
      request.once('response', judge);
      request.once('trailers', judge);
      request.resume();
      request.end(describeDefaultNamespace);
    });
  } finally {
    session.destroy();
  }
}

/** @param {Buffer} message */
function grpcFrame(message) {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(message.length, 1);
  return Buffer.concat([header, message]);
}
