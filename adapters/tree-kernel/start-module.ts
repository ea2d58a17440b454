/** The part of WebAssembly's interface that is used: its types are the browser's, which this project does not load. */
declare const WebAssembly: {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
};

/** What every kernel exports. */
export interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly run: (rows: number) => void;
}

/** Compiles and starts a module that `assembleModule` made. Throws where this machine cannot run it. */
export function startModule(module: Uint8Array): KernelExports {
  return new WebAssembly.Instance(new WebAssembly.Module(module)).exports as KernelExports;
}
