# A Gauntlet worker: Node for workflows and activities, Python for the trainer. The same image serves every task queue;
# GAUNTLET_QUEUES says which. Debian, because Temporal's native module needs glibc.

FROM node:20.19.5-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY packages/mlflow-ts-client/package.json packages/mlflow-ts-client/
RUN npm ci --ignore-scripts
COPY tsconfig.base.json tsconfig.json ./
COPY packages packages
COPY domain domain
COPY contracts contracts
COPY workflows workflows
COPY activities activities
COPY adapters adapters
COPY schedules schedules
COPY workers workers
COPY cli cli
COPY pipelines pipelines
COPY scripts scripts
RUN npx tsc -b \
 && node scripts/build-workflow-bundle.mjs \
 && node scripts/build-predictor-bundle.mjs \
 && node scripts/build-verifier-bundle.mjs \
 && npm prune --omit=dev --ignore-scripts

FROM node:20.19.5-bookworm-slim AS trainer
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-venv \
 && rm -rf /var/lib/apt/lists/*
COPY trainers/lightgbm/requirements.lock /tmp/requirements.lock
RUN python3 -m venv /opt/trainer \
 && /opt/trainer/bin/pip install --no-cache-dir --compile --require-hashes -r /tmp/requirements.lock

FROM node:20.19.5-bookworm-slim
# LightGBM needs libgomp1; TLS to Temporal Cloud or a registry needs the certificates.
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates libgomp1 python3 \
 && rm -rf /var/lib/apt/lists/* \
 && install -d -o node -g node /var/lib/gauntlet/store /var/lib/gauntlet/work
WORKDIR /app
COPY --from=trainer /opt/trainer /opt/trainer
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules node_modules
COPY --from=build /app/packages packages
COPY --from=build /app/dist dist
COPY pipelines pipelines
COPY trainers trainers

ENV NODE_ENV=production \
    GAUNTLET_STATE_DIR=/var/lib/gauntlet \
    GAUNTLET_STORE=/var/lib/gauntlet/store \
    GAUNTLET_WORK_DIR=/var/lib/gauntlet/work \
    GAUNTLET_PYTHON=/opt/trainer/bin/python
USER node
CMD ["node", "dist/workers/main.js"]
